using System.Diagnostics;
using AiSaas.Core.Chat;
using AiSaas.Core.Jobs;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Runs;

/// <summary>A run's log on a real Redis: coalesced, replayed, resumed, fenced, lost and found again.</summary>
public sealed class RunLogTests(PostgresServer postgres) : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly StreamPart[] Opening = [new StartPart(Guid.CreateVersion7()), new StartStepPart(), new TextStartPart("t")];
    private static readonly StreamPart[] Ending = [new TextEndPart("t"), new FinishStepPart(), new FinishPart()];

    private readonly Stack _stack = new(postgres);
    private readonly TenantId _tenant = TenantId.New();
    private readonly RunId _run = RunId.New();

    public ValueTask InitializeAsync() => _stack.InitializeAsync();

    public ValueTask DisposeAsync() => _stack.DisposeAsync();

    [Fact]
    public async Task Text_is_gathered_to_one_append_per_25_ms_and_nothing_of_it_is_lost()
    {
        using var host = RunsHost.Create(_stack);
        var watcher = Watcher.Watch(host.Reader, _tenant, _run);
        long start = Stopwatch.GetTimestamp();
        await using (var writer = await OpenAsync(host, fence: 1))
        {
            await WriteAsync(writer, Opening);
            for (int word = 0; word < 5_000; word++)
            {
                await writer.WriteAsync(Says($"{word} "), None);
            }

            await WriteAsync(writer, Ending);
        }

        var took = Stopwatch.GetElapsedTime(start);
        await EndAsync(watcher);

        Assert.Equal(string.Concat(Enumerable.Range(0, 5_000).Select(word => $"{word} ")), watcher.Text);
        Assert.InRange(watcher.Parts.OfType<TextDeltaPart>().Count(), 1, (int)(took.TotalMilliseconds / 25) + 2);
        Assert.Equal(watcher.Ids.Order(), watcher.Ids);
        Assert.IsType<FinishPart>(watcher.Parts.Last());
    }

    [Fact]
    public async Task The_first_word_goes_at_once_the_next_ones_together_after_25_ms_and_another_part_takes_them_along()
    {
        ManualTime time = new();
        using var host = RunsHost.Create(_stack, time);
        await Eventually.TrueAsync(host.ReachableAsync, "Redis answers");
        var watcher = Watcher.Watch(host.Reader, _tenant, _run);
        await using var writer = await OpenAsync(host, fence: 1);
        await writer.WriteAsync(new TextStartPart("t"), None);
        time.Advance(TimeSpan.FromMilliseconds(25));

        foreach (string word in new[] { "a", "b", "c" })
        {
            await writer.WriteAsync(Says(word), None);
        }

        time.Advance(TimeSpan.FromMilliseconds(24));
        await ShowsAsync(watcher, "a");
        time.Advance(TimeSpan.FromMilliseconds(1));
        await ShowsAsync(watcher, "abc");
        await WriteAsync(writer, [Says("d"), .. Ending]);
        await EndAsync(watcher);

        Assert.Equal(["a", "bc", "d"], watcher.Parts.OfType<TextDeltaPart>().Select(part => part.Delta));
    }

    [Fact]
    public async Task A_lone_delta_does_not_wait_for_the_next_one()
    {
        using var host = RunsHost.Create(_stack);
        var watcher = Watcher.Watch(host.Reader, _tenant, _run);
        await using var writer = await OpenAsync(host, fence: 1);
        await WriteAsync(writer, [.. Opening, Says("One")]);
        await writer.WriteAsync(Says(" two"), None);

        await ShowsAsync(watcher, "One two");
        await WriteAsync(writer, Ending);
        await EndAsync(watcher);
    }

    [Fact]
    public async Task Readers_that_come_late_or_come_back_get_exactly_what_they_have_not_seen()
    {
        using var host = RunsHost.Create(_stack);
        using var replica = RunsHost.Create(_stack);
        await using var writer = await OpenAsync(host, fence: 1);
        var first = Watcher.Watch(host.Reader, _tenant, _run);
        await WriteAsync(writer, [.. Opening, Says("Half of it")]);
        await ShowsAsync(first, "Half of it");
        var seen = first.Last;

        var late = Watcher.Watch(host.Reader, _tenant, _run);
        var elsewhere = Watcher.Watch(replica.Reader, _tenant, _run);
        var back = Watcher.Watch(replica.Reader, _tenant, _run, seen);
        Assert.Equal((1, 1), (host.Reader.Following, replica.Reader.Following));
        await WriteAsync(writer, [Says(" and the rest"), .. Ending]);
        await EndAsync(first, late, elsewhere, back);

        Assert.Equal("Half of it and the rest", first.Text);
        Assert.Equal(first.Ids, late.Ids);
        Assert.Equal(first.Ids, elsewhere.Ids);
        Assert.Equal(first.Ids.Where(id => id > seen), back.Ids);
        Assert.Equal(" and the rest", back.Text);
        Assert.Equal((0, 0), (host.Reader.Following, replica.Reader.Following));
        var after = Watcher.Watch(replica.Reader, _tenant, _run, first.Last);
        await EndAsync(after);
        Assert.Empty(after.Parts);
    }

    [Fact]
    public async Task Who_has_read_ahead_of_what_is_heard_gets_nothing_twice()
    {
        using var host = RunsHost.Create(_stack);
        var first = Watcher.Watch(host.Reader, _tenant, _run);
        await using var writer = await OpenAsync(host, fence: 1);
        await WriteAsync(writer, [.. Opening, Says("One ")]);
        await ShowsAsync(first, "One ");
        var (keys, top) = (new RunKeys(_tenant, _run), first.Last!.Value);
        var (middle, end) = (top with { Number = top.Number + 1 }, top with { Number = top.Number + 2 });
        byte[] said = RunFrames.Entry(top, middle, [Says("two")]), finish = RunFrames.Entry(middle, end, [new FinishPart()]);

        // In the log, and not yet told.
        await AddAsync(middle, said);
        var late = Watcher.Watch(host.Reader, _tenant, _run);
        await ShowsAsync(late, "One two");
        host.Redis.Publish(keys.Live, said);
        await AddAsync(end, finish);
        host.Redis.Publish(keys.Live, finish);
        await EndAsync(first, late);

        Assert.Equal(("One two", "One two"), (first.Text, late.Text));
        Assert.Equal(first.Ids, late.Ids);

        Task AddAsync(RunEventId id, byte[] entry) => host.Redis.CallAsync(
            "add", database => database.ExecuteAsync("XADD", (StackExchange.Redis.RedisKey)keys.Log, id.ToString(), "d", entry), None);
    }

    [Fact]
    public async Task A_takeover_resets_the_step_and_the_one_taken_over_can_write_no_more()
    {
        using var host = RunsHost.Create(_stack);
        var watcher = Watcher.Watch(host.Reader, _tenant, _run);
        await using var frozen = await OpenAsync(host, fence: 1);
        await WriteAsync(frozen, [.. Opening, Says("The first try")]);
        await ShowsAsync(watcher, "The first try");

        await using var next = await OpenAsync(host, fence: 2);
        await WriteAsync(next, [.. Opening, Says("The second")]);
        await Assert.ThrowsAsync<LeaseLostException>(() => frozen.WriteAsync(new TextEndPart("t"), None));
        await Assert.ThrowsAsync<LeaseLostException>(() => OpenAsync(host, fence: 1));
        await WriteAsync(next, Ending);
        await EndAsync(watcher);

        Assert.Equal("The second", watcher.Text);
        Assert.Single(watcher.Parts.OfType<StartPart>());
        Assert.Single(watcher.Parts.OfType<StartStepPart>());
        Assert.Single(watcher.Parts.OfType<ResetStepPart>());
    }

    [Fact]
    public async Task A_takeover_that_finds_no_log_tells_readers_to_drop_what_they_have()
    {
        using var host = RunsHost.Create(_stack);
        var watcher = Watcher.Watch(host.Reader, _tenant, _run);
        await using var killed = await OpenAsync(host, fence: 1);
        await WriteAsync(killed, [.. Opening, Says("The first try")]);
        await ShowsAsync(watcher, "The first try");

        await host.FlushAsync();
        await using var next = await host.Log.OpenAsync(_tenant, _run, 2, isFirst: false, None);
        await WriteAsync(next, [.. Opening, Says("The second")]);
        await WriteAsync(next, Ending);
        await EndAsync(watcher);
        var late = await ReadAsync(host);

        Assert.Equal(("The second", "The second"), (watcher.Text, late.Text));
        Assert.IsType<StartPart>(late.Parts.First());
    }

    [Fact]
    public async Task An_answer_whose_log_is_lost_in_the_middle_is_whole_for_who_watched_and_who_comes()
    {
        using var host = RunsHost.Create(_stack);
        var watcher = Watcher.Watch(host.Reader, _tenant, _run);
        await using var writer = await OpenAsync(host, fence: 1);
        await WriteAsync(writer, [.. Opening, Says("Before, ")]);
        await ShowsAsync(watcher, "Before, ");

        await host.FlushAsync();
        await WriteAsync(writer, [Says("after"), .. Ending]);
        await EndAsync(watcher);
        var late = await ReadAsync(host);

        Assert.Equal("Before, after", watcher.Text);
        Assert.Equal("Before, after", late.Text);
        Assert.Equal(watcher.Ids.Order(), watcher.Ids);
        Assert.IsType<StartPart>(late.Parts.First());
    }

    [Fact]
    public async Task An_answer_goes_on_while_Redis_is_away_and_is_whole_when_it_is_back()
    {
        using var host = RunsHost.Create(_stack);
        var watcher = Watcher.Watch(host.Reader, _tenant, _run);
        await using var writer = await OpenAsync(host, fence: 1);
        await WriteAsync(writer, [.. Opening, Says("Before, ")]);
        await ShowsAsync(watcher, "Before, ");

        await _stack.RedisServer.StopAsync();
        await writer.WriteAsync(Says("meanwhile, "), None);
        await writer.WriteAsync(Says("still, "), None);
        await _stack.RedisServer.RestartAsync(None);
        await Eventually.TrueAsync(host.ReachableAsync, "Redis is back");
        await WriteAsync(writer, [Says("after"), .. Ending]);
        await EndAsync(watcher);

        Assert.Equal("Before, meanwhile, still, after", watcher.Text);
    }

    [Fact]
    public async Task A_run_that_settled_without_an_end_in_its_log_ends_with_what_Postgres_has()
    {
        using var host = RunsHost.Create(_stack);
        var watcher = Watcher.Watch(host.Reader, _tenant, _run);
        await using var writer = await OpenAsync(host, fence: 1);
        await WriteAsync(writer, [.. Opening, Says("Half")]);
        await ShowsAsync(watcher, "Half");

        // The worker commits and dies before it can say so.
        host.Runs.Settle(_run, [.. Opening, Says("Half and the rest"), .. Ending]);
        await EndAsync(watcher);
        await host.FlushAsync();
        var late = await ReadAsync(host);

        Assert.Equal("Half and the rest", watcher.Text);
        Assert.Equal("Half and the rest", late.Text);
        Assert.IsType<FinishPart>(late.Parts.Last());
        Assert.Empty(late.Ids);
    }

    [Fact]
    public async Task A_settled_run_is_read_from_Postgres_while_Redis_is_away()
    {
        using var host = RunsHost.Create(_stack);
        await _stack.RedisServer.StopAsync();
        host.Runs.Settle(_run, [.. Opening, Says("All of it"), .. Ending]);

        var watcher = await ReadAsync(host);

        Assert.Equal("All of it", watcher.Text);
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_holds_nobody_back_and_misses_nothing()
    {
        using var host = RunsHost.Create(_stack);
        await using var writer = await OpenAsync(host, fence: 1);
        await using var slow = host.Reader.ReadAsync(_tenant, _run, null, None).GetAsyncEnumerator(None);
        var quick = Watcher.Watch(host.Reader, _tenant, _run);
        await WriteAsync(writer, Opening);
        Assert.True(await slow.MoveNextAsync());

        for (int number = 0; number < 1_000; number++)
        {
            await writer.WriteAsync(new StagePart(new StageData("writing", $"{number}")), None);
        }

        await WriteAsync(writer, Ending);
        await EndAsync(quick);
        Watcher caughtUp = new();
        caughtUp.Apply(slow.Current);
        while (await slow.MoveNextAsync())
        {
            caughtUp.Apply(slow.Current);
        }

        Assert.Equal(1_000, quick.Parts.OfType<StagePart>().Count());
        Assert.Equal(quick.Ids, caughtUp.Ids);
    }

    [Fact]
    public async Task After_the_end_nothing_follows()
    {
        using var host = RunsHost.Create(_stack);
        await using var writer = await OpenAsync(host, fence: 1);
        await WriteAsync(writer, [.. Opening, .. Ending]);

        await using var again = await OpenAsync(host, fence: 1);
        await WriteAsync(again, [new AbortPart(), new FinishPart()]);
        var watcher = await ReadAsync(host);

        Assert.Equal(Opening.Length + Ending.Length, watcher.Parts.Count);
        Assert.DoesNotContain(watcher.Parts, part => part is AbortPart);
    }

    [Fact]
    public async Task Under_another_tenants_name_there_is_no_log()
    {
        using var host = RunsHost.Create(_stack);
        await using var writer = await OpenAsync(host, fence: 1);
        await WriteAsync(writer, [.. Opening, Says("A secret")]);
        host.Runs.Settle(_run);

        var thief = Watcher.Watch(host.Reader, TenantId.New(), _run);
        await EndAsync(thief);

        Assert.Empty(thief.Parts);
    }

    private static TextDeltaPart Says(string words) => new("t", words);

    private static Task EndAsync(params Watcher[] watchers) =>
        Task.WhenAll(watchers.Select(watcher => watcher.Done)).WaitAsync(TimeSpan.FromSeconds(30), None);

    private static Task ShowsAsync(Watcher watcher, string text) =>
        Eventually.TrueAsync(() => Task.FromResult(watcher.Text == text), $"'{text}' shows");

    /// <summary>Reads all of the run, to its end.</summary>
    private async Task<Watcher> ReadAsync(RunsHost host)
    {
        var watcher = Watcher.Watch(host.Reader, _tenant, _run);
        await EndAsync(watcher);
        return watcher;
    }

    private Task<RunLogWriter> OpenAsync(RunsHost host, long fence) => host.Log.OpenAsync(_tenant, _run, fence, None);

    private static async Task WriteAsync(RunLogWriter writer, IEnumerable<StreamPart> parts)
    {
        foreach (var part in parts)
        {
            await writer.WriteAsync(part, None);
        }
    }
}
