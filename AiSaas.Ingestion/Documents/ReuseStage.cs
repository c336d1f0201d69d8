using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using Microsoft.Extensions.Options;
using NpgsqlTypes;

namespace AiSaas.Ingestion.Documents;

/// <summary>Pages, passages and vectors of another document of the workspace that has the same bytes: copied inside Postgres, not made again.</summary>
/// <remarks>The other one is whole and was read in the same way (<see cref="ReadingDigest"/>). It is held while a slice of it is copied; if it
/// goes in between, the copy is thrown away and the original is read.
/// Passages carry their document's title, or its name: where that differs, only pages are taken.</remarks>
internal sealed class ReuseStage(
    TenantDatabase database, Staging staging, ReadingDigest reading, IOptions<IngestionOptions> options)
{
    private const double Share = 0.3;
    private const int PagesAtOnce = 1000;
    private const int PassagesAtOnce = 4000;

    /// <returns>Null where the original must be read.</returns>
    public async Task<StagedDocument?> RunAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        if (!options.Value.ReuseReadings || await FindAsync(job, document, cancellation) is not { } other)
        {
            return null;
        }

        var titled = document with { Title = other.Title ?? document.Title };
        bool isSame = titled.Heading == (document with { Title = other.Title, Name = other.Name }).Heading && !other.IsEdited;
        try
        {
            var passages = await CopyAsync(job, document, other, isSame, cancellation);
            string whole = isSame ? "chunking" : "parsing";
            Findings findings = new(other.Title, other.Notice, other.Pages, passages?.All, reading.Of(document));
            await staging.CheckpointAsync(
                job, document, whole, new Step(isSame ? "embedding" : "chunking", isSame ? Share : Share / 2, null), findings, cancellation);
            return titled with { Whole = whole, Pages = other.Pages, Passages = passages };
        }
        catch (OtherGoneException)
        {
            await staging.ClearAsync(job, document, cancellation);
            return null;
        }
    }

    private async Task<Other?> FindAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(job.Tenant, cancellation);
        var found = await work.QueryAsync(
            """
            select o.id, o.version, o.name, o.title, o.notice, o.pages,
                exists (select from chunks c where c.tenant_id = $1 and c.document_id = o.id and c.version = o.version and c.original_text is not null)
            from documents d join documents o on o.tenant_id = $1 and o.sha256 = d.sha256
            where d.tenant_id = $1 and d.id = $2 and o.content_type = d.content_type
                and o.version is not null and o.reading = $3 and o.pages is not null and o.chunks is not null
                -- While a newer original is being read, the row's hash is that one's and the pages are the old one's.
                and not exists (select from files f where f.tenant_id = $1 and f.document_id = o.id and f.superseded is not null)
            order by o.title is not null desc, o.name = d.name desc, o.id limit 1
            """,
            row => new Other(
                DocumentId.From(row.GetGuid(0)), row.GetInt64(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3),
                row.IsDBNull(4) ? null : row.GetString(4), row.GetInt32(5), row.GetBoolean(6)),
            cancellation, work.Tenant, document.Id, reading.Of(document));
        return found is [var other] ? other : null;
    }

    private async Task<(int All, int Missing)?> CopyAsync(
        JobContext job, StagedDocument document, Other other, bool withPassages, CancellationToken cancellation)
    {
        for (int after = 0; after < other.Pages; after += PagesAtOnce)
        {
            await HeldAsync(
                job, document, other, Share * after / Math.Max(1, other.Pages) * (withPassages ? 0.3 : 0.5),
                (work, token) => work.ExecuteAsync(
                    """
                    insert into document_pages (tenant_id, document_id, version, number, width, height, text, layout)
                    select tenant_id, $2, $3, number, width, height, text, layout from document_pages
                    where tenant_id = $1 and document_id = $4 and version = $5 and number > $6 and number <= $6 + $7
                    """,
                    token, work.Tenant, document.Id, document.Version, other.Id, other.Version, after, PagesAtOnce),
                cancellation);
        }

        if (!withPassages)
        {
            return null;
        }

        int all = 0, missing = 0, copied = PassagesAtOnce;
        for (int last = -1; copied == PassagesAtOnce;)
        {
            await HeldAsync(
                job, document, other, Share * 0.3,
                async (work, token) =>
                {
                    (copied, int lacking, last) = await CopyPassagesAsync(work, document, other, last, token);
                    all += copied;
                    missing += lacking;
                },
                cancellation);
        }

        return (all, missing);
    }

    private static async Task<(int Copied, int Missing, int Last)> CopyPassagesAsync(
        TenantWork work, StagedDocument document, Other other, int after, CancellationToken cancellation)
    {
        var copied = await work.QueryAsync(
            """
            with slice as (
                select c.*, row_number() over (order by c.ordinal) place from chunks c
                where tenant_id = $1 and document_id = $5 and version = $6 and ordinal > $7 order by ordinal limit $8),
            written as (
                insert into chunks (tenant_id, collection_id, document_id, version,
                    id, ordinal, page, start_offset, end_offset, section, header, text, tokens, language, parent, embedding, space)
                select s.tenant_id, $2, $3, $4, n.id, s.ordinal, s.page, s.start_offset, s.end_offset, s.section, s.header,
                    -- What somebody corrected in the other document is no text of this one.
                    coalesce(s.original_text, s.text), s.tokens, s.language, s.parent,
                    case when s.space = $10 and s.original_text is null then s.embedding end,
                    case when s.space = $10 and s.original_text is null then s.space end
                from slice s join unnest($9::uuid[]) with ordinality n(id, place) using (place)
                returning ordinal, embedding is null as lacks)
            select count(*)::int, (count(*) filter (where lacks))::int, coalesce(max(ordinal), -1) from written
            """,
            row => (row.GetInt32(0), row.GetInt32(1), row.GetInt32(2)),
            cancellation, work.Tenant, document.Collection, document.Id, document.Version, other.Id, other.Version, after, PassagesAtOnce,
            Enumerable.Range(0, PassagesAtOnce).Select(_ => ChunkId.New().Value).ToArray(), SqlParameter.Typed(NpgsqlDbType.Text, document.Space));
        return copied[0];
    }

    private Task HeldAsync(
        JobContext job, StagedDocument document, Other other, double progress, Func<TenantWork, CancellationToken, Task> copy, CancellationToken cancellation) =>
        staging.StepAsync(
            job, document, new Step("parsing", progress, null),
            async (work, token) =>
            {
                if (!await work.ScalarAsync<bool>(
                    "select true from documents where tenant_id = $1 and id = $2 and version = $3 for key share",
                    token, work.Tenant, other.Id, SqlParameter.Typed(NpgsqlDbType.Bigint, other.Version)))
                {
                    throw new OtherGoneException();
                }

                await copy(work, token);
            },
            cancellation);

    /// <param name="IsEdited">True where people corrected its passages: the other document gets what its pages say.</param>
    private sealed record Other(DocumentId Id, long Version, string Name, string? Title, string? Notice, int Pages, bool IsEdited);

    /// <summary>The document that is copied from was deleted or read anew.</summary>
    private sealed class OtherGoneException() : Exception("The document that was copied from is gone.");
}
