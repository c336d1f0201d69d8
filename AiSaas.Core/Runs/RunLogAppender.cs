using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using AiSaas.Core.Runs.Parts;
using StackExchange.Redis;

namespace AiSaas.Core.Runs;

/// <summary>The Redis side of a <see cref="RunLogWriter"/>: where the log stands, as far as this fence knows.</summary>
/// <remarks>Takes no cancellation: a step that is given up half-way leaves the log in doubt, and each has its deadline.</remarks>
internal sealed class RunLogAppender(RunKeys keys, long fence, RedisClient redis, TimeProvider clock)
{
    // A bound for the worst case; the writer's pace keeps logs far below it, so that none is ever cut.
    private const int LongestLog = 20_000;
    private static readonly TimeSpan RunningExpiry = TimeSpan.FromHours(24);
    private static readonly TimeSpan FinishedExpiry = TimeSpan.FromHours(1);

    // An expiry is set anew this often, not at every word.
    private static readonly TimeSpan Refresh = TimeSpan.FromHours(1);

    private readonly RedisKey[] _keys = [keys.Stem];
    private RunEventId _at;
    private RunEventId? _top;
    private long _refreshed;
    private bool _done;

    /// <summary>How many entries this writer has added.</summary>
    public int Entries { get; private set; }

    public bool IsFenced { get; private set; }

    /// <summary>What the log has is from an earlier attempt.</summary>
    public bool IsOfEarlier => _top is { } top && top.Fence < fence && !_done;

    /// <summary>Takes the log for this fence and learns what is in it.</summary>
    /// <returns>True when there is a log.</returns>
    /// <exception cref="RedisUnavailableException"/>
    /// <exception cref="LeaseLostException"/>
    public async Task<bool> RegisterAsync()
    {
        long number = Math.Max(clock.GetUtcNow().ToUnixTimeMilliseconds(), _at.Number);
        var answer = ((RedisResult[]?)await redis.RunAsync(
            RunScripts.Open, _keys, [fence, number, (long)RunningExpiry.TotalMilliseconds], CancellationToken.None))!;
        string at = (string)answer[0]!;
        ThrowIfFenced(at == "-1");
        _done = at.EndsWith('!');
        _at = RunEventId.TryParse(at.TrimEnd('!'), out var reached) ? reached : throw new FormatException($"A log stands at '{at}'.");
        _top = RunEventId.TryParse((string)answer[1]!, out var top) ? top : null;
        return _top is not null;
    }

    /// <returns>False when the log isn't as this writer left it: nothing was appended.</returns>
    /// <exception cref="RedisUnavailableException"/>
    /// <exception cref="LeaseLostException"/>
    public async Task<bool> AppendAsync(IReadOnlyList<StreamPart> parts, bool isEnd)
    {
        if (_done)
        {
            return true;
        }

        RunEventId next = new(fence, _at.Number + parts.Count);
        byte[] entry = RunFrames.Entry(_top, new(fence, _at.Number + 1), parts);
        long now = clock.GetTimestamp();
        bool refreshes = _top is null || clock.GetElapsedTime(_refreshed, now) > Refresh;
        var expiry = isEnd ? FinishedExpiry : refreshes ? RunningExpiry : TimeSpan.Zero;
        string reached = next.ToString();
        RedisValue[] arguments =
        [
            _at.ToString(), isEnd ? reached + "!" : reached, reached, entry, _top is null ? 1 : 0, (long)expiry.TotalMilliseconds,
            Entries > LongestLog / 2 ? LongestLog : 0,
        ];
        int answer = (int)await redis.RunAsync(RunScripts.Append, _keys, arguments, CancellationToken.None);
        ThrowIfFenced(answer == RunScripts.Fenced);
        if (answer == RunScripts.Differs)
        {
            return false;
        }

        _done = isEnd || answer == RunScripts.Done;
        (_at, _top) = (next, next);
        _refreshed = refreshes ? now : _refreshed;
        Entries++;
        return true;
    }

    public void ThrowIfFenced()
    {
        if (IsFenced)
        {
            throw new LeaseLostException($"run {keys.Run}", fence);
        }
    }

    private void ThrowIfFenced(bool isFenced)
    {
        IsFenced |= isFenced;
        ThrowIfFenced();
    }
}
