using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Documents;

/// <summary>Puts a long document's passages into the index by slices, hidden from search, so that publishing it is a matter of moments.</summary>
/// <remarks>A slice is a transaction: it locks the workspace's word statistics for its last part alone. The row in <c>index_stages</c> hides
/// the version and says how far it is; an attempt after a killed one goes on there.</remarks>
internal sealed class IndexStage(TenantDatabase database, Staging staging, IOptions<IngestionOptions> options, TimeProvider time)
{
    private const double At = 0.3;
    private const int SlicesAtLeast = 8;

    // All the passages of a gigabyte are read for their languages: some seconds.
    private const int PatienceSeconds = 600;
    private static readonly TimeSpan Telling = TimeSpan.FromSeconds(1);

    /// <returns>The document; unchanged where it is so short that publishing indexes it.</returns>
    public async Task<StagedDocument> RunAsync(JobContext job, StagedDocument document, int chunks, CancellationToken cancellation)
    {
        if (chunks <= options.Value.IndexSlice)
        {
            return document;
        }

        // A word is counted once a slice: long ones save much of that, as long as there are enough of them to go side by side.
        int slice = Math.Max(options.Value.IndexSlice, Math.Min(chunks / SlicesAtLeast, options.Value.LongestIndexSlice));

        int start = await OpenAsync(job, document, cancellation);
        int end = await LastAsync(job, document, cancellation);
        Slices slices = new(start, end, slice);
        long started = time.GetTimestamp(), told = started;
        await Together.RunAsync(cancellation, Enumerable.Repeat(WriteAsync, options.Value.IndexSlices));
        return document with { IsIndexed = true };

        async Task WriteAsync(CancellationToken token)
        {
            while (slices.Next() is var (first, last))
            {
                await Staging.WriteAsync(
                    job, document,
                    async (work, stop) =>
                    {
                        await ChunkIndexer.IndexSliceAsync(work, document.Id, document.Version, first, last, stop);
                        await MarkAsync(work, document, slices.Whole, stop);
                    },
                    token);
                slices.Done(first);
                long before = Volatile.Read(ref told);
                if (time.GetElapsedTime(before) > Telling && Interlocked.CompareExchange(ref told, time.GetTimestamp(), before) == before)
                {
                    int? rest = Pace.Rest(slices.Whole - start, end - start, time.GetElapsedTime(started));
                    await staging.TellAsync(job, document, new Step("embedding", At, rest), token);
                }
            }
        }
    }

    /// <summary>Hides the version, or finds it hidden.</summary>
    /// <returns>The last ordinal that is indexed; -1 for none.</returns>
    private static async Task<int> OpenAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        int indexed = -1;
        await Staging.WriteAsync(
            job, document,
            async (work, token) =>
            {
                indexed = await work.ScalarAsync<int>(
                    """
                    insert into index_stages as s (tenant_id, document_id, version, indexed) values ($1, $2, $3, -1)
                    on conflict (tenant_id, document_id, version) do update set indexed = s.indexed returning indexed
                    """,
                    token, work.Tenant, document.Id, document.Version);
                // Made in a slice, a lexicon would keep the slice beside it waiting from its first word to its last.
                await using var lexicons = work.Command(
                    """
                    select app.lexicon(l.language) from (
                        select distinct language from chunks where tenant_id = $1 and document_id = $2 and version = $3 order by language) l
                    """,
                    work.Tenant, document.Id, document.Version);
                lexicons.CommandTimeout = PatienceSeconds;
                await lexicons.ExecuteNonQueryAsync(token);
            },
            cancellation);
        return indexed;
    }

    private async Task<int> LastAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(job.Tenant, cancellation);
        return await work.ScalarAsync<int>(
            "select max(ordinal) from chunks where tenant_id = $1 and document_id = $2 and version = $3",
            cancellation, work.Tenant, document.Id, document.Version);
    }

    private static Task<int> MarkAsync(TenantWork work, StagedDocument document, int whole, CancellationToken cancellation) => work.ExecuteAsync(
        "update index_stages set indexed = greatest(indexed, $4) where tenant_id = $1 and document_id = $2 and version = $3",
        cancellation, work.Tenant, document.Id, document.Version, whole);

    /// <summary>Deals out ranges of ordinals in order, and knows up to where all of them are done.</summary>
    private sealed class Slices(int after, int end, int size)
    {
        private readonly Lock _lock = new();
        private readonly SortedSet<int> _underWay = [];
        private int _next = after + 1;

        public int Whole
        {
            get
            {
                lock (_lock)
                {
                    return (_underWay.Count > 0 ? _underWay.Min : _next) - 1;
                }
            }
        }

        public (int First, int Last)? Next()
        {
            lock (_lock)
            {
                if (_next > end)
                {
                    return null;
                }

                int first = _next;
                _next = Math.Min(end, first + size - 1) + 1;
                _underWay.Add(first);
                return (first, _next - 1);
            }
        }

        public void Done(int first)
        {
            lock (_lock)
            {
                _underWay.Remove(first);
            }
        }
    }
}
