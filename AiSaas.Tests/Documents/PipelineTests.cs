using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using AiSaas.Api.Identity;
using AiSaas.Contracts;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Documents;
using AiSaas.Ingestion.Parsing;
using AiSaas.Ingestion.Worker;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Documents;

/// <summary>Stages that run side by side tell one story.</summary>
public sealed class PipelineTests(Stack stack) : IClassFixture<Stack>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // A lexicon that a slice makes is locked for as long as the slice takes, and the slice beside it waits for that.
    private const string Watch =
        """
        create function watch_lexicons() returns trigger language plpgsql security definer as $$
        begin
            if exists (select from index_stages) and exists (select from lexicons where xmin = pg_current_xact_id()::xid and passages = 0) then
                raise exception 'a slice made its lexicon';
            end if;
            return null;
        end $$;
        create trigger a_watch after insert on lexical_passages for each statement execute function watch_lexicons();
        """;

    [Fact]
    public async Task Progress_never_goes_back_and_says_how_long_it_will_take_and_slices_find_their_lexicon_there()
    {
        await stack.ScalarAsync<object>(Watch);
        await using ServiceHost<CurrentUser> api = new(stack.Settings());
        await using ServiceHost<WorkerOptions> worker = new(stack.Settings(
            ("Worker:Queues", "ingest"), ("Ingestion:EmbeddingBatch", "8"), ("Ingestion:EmbedBeforeReady", "20"), ("Ingestion:IndexSlice", "16"), ("Ingestion:Turn", "00:00:00.001")));
        using var account = await Account.RegisterAsync(api.Address);
        string text = string.Concat(Enumerable.Range(0, 160).Select(i =>
            $"# Lamp {i}\n\n{string.Concat(Enumerable.Repeat($"The lamp {i} along the coast was lit at six by those who kept it. ", 12))}\n\n"));
        var uploaded = await account.UploadAsync(await account.CreateCollectionAsync(), "lamps.md", text);

        List<DocumentInfo> seen = [];
        await Eventually.TrueAsync(
            async () =>
            {
                var now = (await account.Http.GetFromJsonAsync($"/api/documents/{uploaded.Id}", ContractsJson.Default.DocumentInfo))!;
                seen.Add(now);
                return now.Stage is "ready" or "failed";
            },
            "the document is done", Patience);

        Assert.Equal(("ready", 1.0, null), (seen[^1].Status, seen[^1].Progress, seen[^1].EtaSeconds));
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.True(pair.First.Progress <= pair.Second.Progress, $"{pair.First.Progress} then {pair.Second.Progress}"));
        Assert.Contains(seen, document => document is { Status: "ready", Stage: "embedding" });
        Assert.All(seen.Where(document => document.EtaSeconds is not null), document => Assert.InRange(document.EtaSeconds!.Value, 0, 600));
        Assert.Contains(seen, document => document.EtaSeconds > 0);
        // It has yielded after each read of a few batches, always as its first attempt.
        Assert.Equal(1, await stack.ScalarAsync<int>("select attempts from jobs where (payload ->> 'document')::uuid = $1", uploaded.Id));
        Assert.Equal(0L, await stack.ScalarAsync<long>("select count(*) from chunks where document_id = $1 and embedding is null", uploaded.Id));
        await Retrieval.Corpus.AssertStatisticsAsync(stack);
        await stack.ScalarAsync<object>("drop function watch_lexicons cascade");
    }

    [Fact]
    public async Task A_title_that_is_learned_at_the_end_stands_in_front_of_every_passage()
    {
        await using ServiceHost<CurrentUser> api = new(stack.Settings());
        await using ServiceHost<WorkerOptions> worker = new(
            stack.Settings(("Worker:Queues", "ingest")), services => services.Insert(0, ServiceDescriptor.Singleton<IDocumentParser>(new LateTitle())));
        using var account = await Account.RegisterAsync(api.Address);

        var uploaded = await account.UploadAsync(await account.CreateCollectionAsync(), "lamps.txt", "whatever");
        var document = await account.SettledAsync(uploaded.Id, Patience);

        Assert.Equal(("ready", "Learned late", LateTitle.Pages, LateTitle.Pages), (document.Status, document.Title, document.Pages, document.Chunks));
        Assert.Equal((long)LateTitle.Pages, await stack.ScalarAsync<long>(
            "select count(*) from chunks c join vector_passages v on v.chunk_id = c.id where c.document_id = $1 and c.header = 'Learned late'", document.Id));
    }

    [Fact]
    public async Task The_first_part_that_fails_stops_the_others_and_is_the_one_that_is_told()
    {
        bool stopped = false;
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => Together.RunAsync(
            Cancellation,
            async token =>
            {
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                }
                finally
                {
                    stopped = true;
                }
            },
            _ => throw new InvalidDataException("the reason")));

        Assert.Equal(("the reason", true), (failure.Message, stopped));
    }

    [Fact]
    public async Task Whoever_cancels_all_parts_is_told_so()
    {
        using CancellationTokenSource caller = new();

        var running = Together.RunAsync(caller.Token, token => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token));
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public void A_forecast_counts_what_is_to_be_read_and_the_vectors_that_it_will_lack()
    {
        Pace pace = new();
        Assert.Null(pace.Reading(0.5, TimeSpan.FromSeconds(10), missing: 100));

        pace.Learn(100, TimeSpan.FromSeconds(2));

        Assert.Null(pace.Reading(0.001, TimeSpan.FromSeconds(10), missing: 100));
        Assert.Equal(10 + 4, pace.Reading(0.5, TimeSpan.FromSeconds(10), missing: 100));
        Assert.Equal(30, Pace.Rest(made: 25, total: 100, TimeSpan.FromSeconds(10)));
        Assert.Null(Pace.Rest(0, 100, TimeSpan.FromSeconds(10)));
    }

    private sealed class LateTitle : IDocumentParser
    {
        public const int Pages = 450;

        public IReadOnlyList<string> ContentTypes => [DocumentFormats.Text];

        public async IAsyncEnumerable<ParsedPage> ParseAsync(ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
        {
            for (int number = 1; number <= Pages; number++)
            {
                await Task.Yield();
                const string text = "The lamp burns until six.";
                yield return new ParsedPage(number, 0, 0, text, [new PageBlock(BlockKind.Paragraph, 0, 0, text.Length)], []);
            }

            input.Title = "Learned late";
        }
    }
}
