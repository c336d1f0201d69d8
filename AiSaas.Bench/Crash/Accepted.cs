using System.Collections.Concurrent;

namespace AiSaas.Bench.Crash;

/// <summary>What the api said yes to, and what it said instead. The auditor holds the stores against it.</summary>
internal sealed class Accepted
{
    public ConcurrentQueue<AskedQuestion> Questions { get; } = new();

    public ConcurrentQueue<SentDocument> Documents { get; } = new();

    public ConcurrentQueue<BegunResponse> Responses { get; } = new();

    public ConcurrentQueue<SentBatch> Batches { get; } = new();

    public ConcurrentQueue<ReadRun> Reads { get; } = new();

    /// <summary>Answers that were no yes, by what they said: <c>503 database:unavailable</c>, <c>cut off</c>, …</summary>
    public ConcurrentDictionary<string, int> Others { get; } = new();

    /// <summary>Calls that took longer than any may.</summary>
    public ConcurrentQueue<string> Hung { get; } = new();

    /// <summary>Seconds that the calls took, by what they were for.</summary>
    public ConcurrentQueue<(string Group, double Seconds)> Calls { get; } = new();

    public void Took(string group, TimeSpan time) => Calls.Enqueue((group, time.TotalSeconds));

    public void Other(string what) => Others.AddOrUpdate(what, 1, (_, count) => count + 1);
}

/// <param name="Mark">In the question's text: nobody else has it.</param>
/// <param name="IsLocal">Answered by the extractive model.</param>
internal sealed record AskedQuestion(int Tenant, string Mark, Guid Conversation, Guid Run, Guid Question, Guid Answer, bool IsLocal)
{
    /// <summary>Somebody asked to stop it: it may have ended early.</summary>
    public bool MayBeStopped { get; set; }
}

internal sealed record SentDocument(int Tenant, string Mark, int Size, Guid Id, Guid Job);

internal sealed record BegunResponse(int Tenant, string Mark, string Id)
{
    public bool MayBeCanceled { get; set; }
}

/// <param name="Items">How many.</param>
internal sealed record SentBatch(int Tenant, string Mark, Guid Job, int Items);

/// <param name="Text">As a reader put it together who drops what it is told to drop.</param>
/// <param name="Ended">It saw the end.</param>
/// <param name="Resumed">How often the stream broke off.</param>
internal sealed record ReadRun(AskedQuestion Of, string Text, bool Ended, int Resumed, int Resets, double Seconds);
