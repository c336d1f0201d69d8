using AiSaas.Api.Identity;
using AiSaas.Ingestion.Worker;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Documents;

/// <summary>Attempts that die at every write they make.</summary>
public sealed class CrashTests(Stack stack) : IClassFixture<Stack>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Counts the statements that write, over rolled back transactions too, and breaks the one that it is told to.
    private const string Saboteur = """
        create sequence if not exists writes;
        create table if not exists sabotage (write bigint);
        create or replace function break_one() returns trigger language plpgsql security definer as $$
        begin
            if nextval('writes') = (select write from sabotage) then
                raise exception 'broken on purpose' using errcode = '40001';
            end if;
            return null;
        end $$;
        do $$ declare place text; begin
            foreach place in array array['document_pages', 'chunks', 'lexical_passages', 'vector_passages', 'embedding_cache', 'index_stages'] loop
                execute format('create or replace trigger break_one after insert or update or delete on %I for each statement execute function break_one()', place);
            end loop;
            create or replace trigger break_one after update on documents for each statement execute function break_one();
        end $$;
        """;

    [Theory]
    [InlineData("embedded first", 3000, 2000)]
    [InlineData("published first", 0, 2000)]
    [InlineData("indexed by slices", 3000, 4)]
    [InlineData("indexed by slices, published first", 0, 4)]
    public Task An_attempt_that_dies_at_any_write_is_followed_by_one_that_ends_with_the_same_passages(string way, int embedBeforeReady, int slice) =>
        BreakEveryWriteAsync(
            way, ("Ingestion:EmbedBeforeReady", $"{embedBeforeReady}"), ("Ingestion:IndexSlice", $"{slice}"),
            ("Ingestion:ReuseReadings", "false"), ("Ingestion:ReuseEmbeddings", "false"));

    [Theory]
    [InlineData("copied from a document with the same bytes", true)]
    [InlineData("read anew with vectors from the cache", false)]
    public Task So_does_one_that_dies_while_it_reuses_what_was_made_before(string way, bool readings) => BreakEveryWriteAsync(
        way, ("Ingestion:IndexSlice", "4"), ("Ingestion:ReuseReadings", $"{readings}"));

    private async Task BreakEveryWriteAsync(string way, params (string Key, string? Value)[] settings)
    {
        await using ServiceHost<CurrentUser> api = new(stack.Settings());
        await using ServiceHost<WorkerOptions> worker = new(stack.Settings(
            [("Worker:Queues", "ingest"), ("Ingestion:EmbeddingBatch", "4"), .. settings]));
        using var account = await Account.RegisterAsync(api.Address);
        string text = string.Concat(Enumerable.Range(1, 6).Select(i => $"# Part {i}\n\nThe lamp of harbour {i} burns until six, and its keeper is number {i * 7}.\n\n"));
        await ExecuteAsync(Saboteur);
        await ArmAsync(-1);
        // The first one has nothing to reuse; the second shows how many writes there are from now on.
        string first = await IngestAsync(account, text, way);
        await ArmAsync(-1);
        string undisturbed = await IngestAsync(account, text, way);
        long writes = await stack.ScalarAsync<long>("select last_value from writes");

        Assert.Equal(first, undisturbed);
        Assert.InRange(writes, 5, 60);
        for (long write = 1; write <= writes; write++)
        {
            await ArmAsync(write);
            string disturbed = await IngestAsync(account, text, $"{way}, write {write} of {writes} broken", write);
            Assert.True(undisturbed == disturbed, $"{way}: differs after breaking write {write} of {writes}");
            await Retrieval.Corpus.AssertStatisticsAsync(stack);
        }

        Assert.Equal(0, await stack.ScalarAsync<long>("select count(*) from index_stages"));
    }

    /// <returns>All that readers and search can see of the document.</returns>
    private async Task<string> IngestAsync(Account account, string text, string what, long broken = long.MaxValue)
    {
        // A collection of its own: the same content again would be no new document.
        var uploaded = await account.UploadAsync(await account.CreateCollectionAsync(), "lamps.md", text);
        await Eventually.TrueAsync(
            async () => await stack.ScalarAsync<string>("select status from jobs where id = $1", uploaded.JobId!.Value) is not ("queued" or "running"),
            $"the job of {uploaded.Id} ends", Patience);
        var document = await account.SettledAsync(uploaded.Id, Patience);
        Assert.Equal(("ready", "ready"), (document.Status, document.Stage));
        int tried = await stack.ScalarAsync<int>("select attempts from jobs where id = $1", uploaded.JobId!.Value);
        // How many writes an attempt takes depends a little on time: it tells how far it is once a second.
        int expected = await stack.ScalarAsync<long>("select last_value from writes") >= broken ? 2 : 1;
        Assert.True(expected == tried, $"{tried} attempts, {expected} expected: {what}");
        return (await stack.ScalarAsync<string>(
            """
            select concat_ws(' ', d.pages, d.chunks, d.staged_stage,
                (select count(*) from document_pages where document_id = d.id), (select count(*) from chunks where document_id = d.id),
                (select count(*) from lexical_passages l join chunks c on c.id = l.chunk_id and c.version = d.version where l.document_id = d.id),
                (select count(*) from vector_passages v join chunks c on c.id = v.chunk_id and c.version = d.version where v.document_id = d.id),
                (select md5(string_agg(concat_ws('|', c.ordinal, c.page, c.start_offset, c.end_offset, c.section, c.text, c.embedding::text), ';' order by c.ordinal))
                    from chunks c where c.document_id = d.id and c.version = d.version))
            from documents d where d.id = $1
            """,
            uploaded.Id))!;
    }

    private async Task ArmAsync(long write) =>
        await ExecuteAsync($"truncate sabotage; insert into sabotage values ({write}); alter sequence writes restart");

    private async Task ExecuteAsync(string sql)
    {
        await using var command = stack.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
