using AiSaas.Core.Chat;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Runs;

/// <summary>Readers that break off while they are given the stored answer in place of a lost log.</summary>
public sealed class RunResumeTests(PostgresServer postgres) : IAsyncLifetime
{
    private static readonly StreamPart[] Whole =
        [new StartPart(Guid.CreateVersion7()), new StartStepPart(), new TextStartPart("t"), new TextDeltaPart("t", "All of it"), new TextEndPart("t"), new FinishStepPart(), new FinishPart()];

    private readonly Stack _stack = new(postgres);
    private readonly TenantId _tenant = TenantId.New();
    private readonly RunId _run = RunId.New();

    public ValueTask InitializeAsync() => _stack.InitializeAsync();

    public ValueTask DisposeAsync() => _stack.DisposeAsync();

    [Fact]
    public async Task A_reader_that_was_told_to_drop_and_comes_back_gets_the_whole_answer_once_wherever_it_broke_off()
    {
        using var host = RunsHost.Create(_stack);
        await Eventually.TrueAsync(host.ReachableAsync, "Redis answers");
        await using (var writer = await host.Log.OpenAsync(_tenant, _run, 1, CancellationToken.None))
        {
            foreach (var part in Whole)
            {
                await writer.WriteAsync(part, CancellationToken.None);
            }
        }

        // A replica that has no Redis gives the stored answer to a reader who has seen the log's first words.
        await using Stack other = new(postgres);
        await other.InitializeAsync();
        using var blind = RunsHost.Create(other);
        blind.Runs.Settle(_run, Whole);
        List<RunEvent> given = [];
        await foreach (var one in blind.Reader.ReadAsync(_tenant, _run, new RunEventId(1, 1), CancellationToken.None))
        {
            given.Add(one);
        }

        for (int seen = 0; seen < given.Count; seen++)
        {
            // What a page holds at the break, and where it says it was.
            var at = given.Take(seen).Select(one => one.Id).LastOrDefault(id => id is not null) ?? new RunEventId(1, 1);
            Watcher page = new();
            foreach (var one in given.Take(seen))
            {
                page.Apply(one);
            }

            bool dropped = page.Parts.OfType<ResetStepPart>().Any();
            await foreach (var one in host.Reader.ReadAsync(_tenant, _run, at, CancellationToken.None))
            {
                page.Apply(one);
            }

            Assert.Equal("All of it", page.Text);
            Assert.Equal(dropped ? 2 : 0, page.Parts.OfType<ResetStepPart>().Count());
        }
    }
}
