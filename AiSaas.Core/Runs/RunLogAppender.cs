using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using AiSaas.Core.Runs.Parts;
using StackExchange.Redis;

namespace AiSaas.Core.Runs;

/// <summary>The Redis side of a <see cref="RunLogWriter"/>: what it has written of the log under its fence.</summary>
/// <remarks>Takes no cancellation: a step that is given up half-way leaves the log in doubt, and each has its deadline.</remarks>
internal sealed class RunLogAppender(RunKeys keys, long fence, RedisClient redis)
{
    // A bound for the worst case; the writer's pace keeps logs far below it, so that none is ever cut.
    private const int LongestLog = 20_000;
    private static readonly TimeSpan RunningExpiry = TimeSpan.FromHours(24);
    private static readonly TimeSpan FinishedExpiry = TimeSpan.FromHours(1);

    private string _last = "";

    /// <summary>How many entries of the log are this fence's, as far as known.</summary>
    public int Entries { get; private set; }

    public bool IsFenced { get; private set; }

    /// <summary>Takes the log for this fence and learns what is in it.</summary>
    /// <returns>True when there is a log.</returns>
    /// <exception cref="RedisUnavailableException"/>
    /// <exception cref="LeaseLostException"/>
    public async Task<bool> RegisterAsync()
    {
        var answer = ((RedisResult[]?)await redis.RunAsync(
            RunScripts.Open, [keys.Stem], [fence, (long)RunningExpiry.TotalMilliseconds], CancellationToken.None))!;
        Entries = (int)answer[0];
        ThrowIfFenced(Entries);
        bool exists = (int)answer[1] == 1;
        // Of a log that is gone the last id is remembered: what begins anew goes on above it.
        _last = exists ? (string?)answer[2] ?? "" : _last;
        return exists;
    }

    /// <returns>False when the log isn't as this writer left it: nothing was appended.</returns>
    /// <exception cref="RedisUnavailableException"/>
    /// <exception cref="LeaseLostException"/>
    public async Task<bool> AppendAsync(IEnumerable<StreamPart> parts, bool isEnd)
    {
        var expiry = isEnd ? FinishedExpiry : RunningExpiry;
        RedisValue[] arguments =
        [
            fence, Entries, (long)expiry.TotalMilliseconds, LongestLog, _last,
            .. parts.Select(part => (RedisValue)StreamJson.Write(part)),
        ];
        var answer = ((RedisResult[]?)await redis.RunAsync(RunScripts.Append, [keys.Stem], arguments, CancellationToken.None))!;
        int entries = (int)answer[0];
        ThrowIfFenced(entries);
        if (entries == RunScripts.Differs)
        {
            return false;
        }

        (Entries, _last) = (entries, (string?)answer[1] ?? "");
        return true;
    }

    public void ThrowIfFenced()
    {
        if (IsFenced)
        {
            throw new LeaseLostException($"run {keys.Run}", fence);
        }
    }

    private void ThrowIfFenced(int entries)
    {
        IsFenced = entries == RunScripts.Fenced;
        ThrowIfFenced();
    }
}
