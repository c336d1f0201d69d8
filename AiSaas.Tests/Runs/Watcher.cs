using System.Collections.Concurrent;
using System.Text;
using AiSaas.Core.Chat;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;
using AiSaas.Core.Tenancy;

namespace AiSaas.Tests.Runs;

/// <summary>A page that watches a run and applies its parts as the front end does.</summary>
internal sealed class Watcher
{
    private readonly StringBuilder _text = new();
    private readonly ConcurrentQueue<StreamPart> _parts = [];

    public Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>The answer as it shows: a reset step is gone.</summary>
    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public IReadOnlyCollection<StreamPart> Parts => _parts;

    public RunEventId? Last { get; private set; }

    public List<RunEventId> Ids { get; } = [];

    public static Watcher Watch(
        RunLogReader reader, TenantId tenant, RunId run, RunEventId? after = null, CancellationToken cancellation = default)
    {
        Watcher watcher = new();
        watcher.Done = watcher.FollowAsync(reader, tenant, run, after, cancellation);
        return watcher;
    }

    public void Apply(RunEvent one)
    {
        var part = StreamJson.Read(one.Json.Span);
        _parts.Enqueue(part);
        if (one.Id is { } id)
        {
            Last = id;
            Ids.Add(id);
        }

        lock (_text)
        {
            switch (part)
            {
                case TextDeltaPart delta:
                    _text.Append(delta.Delta);
                    break;
                case ResetStepPart:
                    _text.Clear();
                    break;
            }
        }
    }

    private async Task FollowAsync(RunLogReader reader, TenantId tenant, RunId run, RunEventId? after, CancellationToken cancellation)
    {
        await foreach (var one in reader.ReadAsync(tenant, run, after, cancellation))
        {
            Apply(one);
        }
    }
}
