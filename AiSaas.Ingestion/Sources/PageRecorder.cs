using AiSaas.Contracts.Common;
using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Sources;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Options;
using NpgsqlTypes;

namespace AiSaas.Ingestion.Sources;

/// <summary>Writes down how a page answered: its document, its links and its own row, in one transaction.</summary>
/// <remarks>A worker that dies before it has done nothing, so the page is asked again. Order of locks: document, source (shared), page.</remarks>
internal sealed class PageRecorder(
    Frontier frontier, IFileStore files, DocumentVersions versions, TenantLimits limits, ChangeSignals signals, IOptions<SourcesOptions> options)
{
    public Task<PageNews> RecordAsync(
        JobContext job, WalkState source, DuePage page, PageAnswer answer, RobotsRules rules, CancellationToken cancellation) => answer switch
        {
            PageAnswer.Unchanged => WriteAsync(job, page, new("fetched") { Document = page.Document }, cancellation),
            PageAnswer.Content content => ContentAsync(job, source, page, content, rules, cancellation),
            PageAnswer.Moved moved => MovedAsync(job, source, page, moved.To, rules, cancellation),
            PageAnswer.Gone gone => WriteAsync(job, page, new("gone", gone.Failure) { Document = page.Document }, cancellation),
            PageAnswer.Refused refused => WriteAsync(job, page, new(RefusedState(page, refused.Failure), refused.Failure) { Document = page.Document }, cancellation),
            PageAnswer.Trouble trouble => TroubleAsync(job, page, trouble, cancellation),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    // What nobody named and nobody could read is no failure.
    private static string RefusedState(DuePage page, Failure failure) =>
        page.Document is null && (failure.Code.StartsWith("documents:", StringComparison.Ordinal) || failure.Code == "sources:robots") ? "skipped" : "failed";

    private async Task<PageNews> ContentAsync(
        JobContext job, WalkState source, DuePage page, PageAnswer.Content content, RobotsRules rules, CancellationToken cancellation)
    {
        bool kept = false, limited = false;
        try
        {
            var links = content.Html is { } html && source.IsCrawl
                ? await PageLinks.ReadAsync(html, content.Page.Charset, content.Url, cancellation)
                : PageLinks.None;
            await job.FencedAsync(
                async (work, token) =>
                {
                    var result = await TakeAsync(work, source, page, content, links.Canonical, token);
                    kept = result.Kept;
                    // Before its links, which may well lead to its other names.
                    await AddAliasesAsync(work, source, page, content.Url, links.Canonical, token);
                    bool follow = page.Depth < source.Depth && !content.NoFollow && result.State != "alias";
                    limited = await frontier.AddAsync(work, source, page.Depth + 1, follow ? links.Links : [], rules, token);
                    limited |= result.State == "alias" && await frontier.AddAsync(work, source, page.Depth, [links.Canonical!], rules, token);
                    await MarkAsync(work, page, result with { ETag = content.ETag, LastModified = content.LastModified, Sha256 = content.Page.Sha256 }, token);
                },
                cancellation);
        }
        finally
        {
            if (!kept)
            {
                // The job's token may be why we are here; a day later the file would go by itself.
                await files.DiscardAsync(job.Tenant, content.Page.File, CancellationToken.None);
            }
        }

        return new PageNews(page.IsStart && !PageAddress.IsSameSite(content.Url, source.Site) ? content.Url : null, limited, null);
    }

    private async Task<PageResult> TakeAsync(
        TenantWork work, WalkState source, DuePage page, PageAnswer.Content content, Uri? canonical, CancellationToken cancellation)
    {
        if (page.Document is { } document)
        {
            var found = await work.QueryAsync(
                """
                select exists (select from files f where f.tenant_id = $1 and f.document_id = $2), job_id
                from documents where tenant_id = $1 and id = $2 for update
                """,
                row => (HasFile: row.GetBoolean(0), Job: row.IsDBNull(1) ? (JobId?)null : JobId.From(row.GetGuid(1))), cancellation, work.Tenant, document);
            if (found is not [var known])
            {
                // Deleted a moment ago, by somebody who doesn't want it.
                return new("fetched");
            }

            if (known.HasFile && page.Sha256 is { } last && last.AsSpan().SequenceEqual(content.Page.Sha256))
            {
                return new("fetched") { Document = document };
            }

            // Without an original, its job is this very walk.
            await WebDocument.ReplaceAsync(work, versions, document, known.HasFile ? known.Job : null, content.Page, cancellation);
            return new("fetched") { Document = document, Kept = true };
        }

        if (!page.IsStart && canonical is not null)
        {
            return new("alias");
        }

        if (!page.IsStart && await work.ScalarAsync<bool>(
            "select true from source_pages where tenant_id = $1 and source_id = $2 and sha256 = $3 and document_id is not null and id <> $4 limit 1",
            cancellation, work.Tenant, source.Id, content.Page.Sha256, page.Id))
        {
            return new("duplicate");
        }

        if (await work.ScalarAsync<int>("select count(*)::int from documents where tenant_id = $1", cancellation, work.Tenant) >= limits.Of("free").MaxDocuments)
        {
            return new("skipped", new("documents:too-many", "The workspace holds as many documents as it may."));
        }

        var made = DocumentId.New();
        await WebDocument.CreateAsync(work, made, source.Collection, content.Page.Name, page.Url.AbsoluteUri, source.By, cancellation);
        await WebDocument.ReplaceAsync(work, versions, made, reading: null, content.Page, cancellation);
        return new("fetched") { Document = made, Kept = true };
    }

    // The names that the first page goes by as well: where it was redirected to, what it calls itself.
    private static Task AddAliasesAsync(TenantWork work, WalkState source, DuePage page, Uri url, Uri? canonical, CancellationToken cancellation)
    {
        string[] names = page.IsStart && source.IsCrawl
            ? [.. new[] { PageAddress.Normalize(url), canonical }.OfType<Uri>().Where(name => name != page.Url).Select(name => name.AbsoluteUri).Distinct()]
            : [];
        return names.Length == 0 ? Task.CompletedTask : work.ExecuteAsync(
            """
            insert into source_pages (id, tenant_id, source_id, url, depth, state) select u.id, $1, $2, u.url, 1, 'alias'
            from unnest($3::uuid[], $4::text[]) u (id, url) on conflict (tenant_id, source_id, url) do nothing
            """,
            cancellation, work.Tenant, source.Id, names.Select(_ => Guid.CreateVersion7()).ToArray(), names);
    }

    private async Task<PageNews> MovedAsync(
        JobContext job, WalkState source, DuePage page, Uri to, RobotsRules rules, CancellationToken cancellation)
    {
        var target = PageAddress.Normalize(to);
        bool near = target is not null && PageAddress.IsSameSite(target, source.Site);
        Failure elsewhere = new("sources:elsewhere", "The page has moved to another site.");
        PageResult result = page.Document is { } document
            ? new("gone", new("sources:gone", $"The page has moved to {target?.AbsoluteUri ?? "another place"}.")) { Document = document }
            : near ? new("alias") : new("skipped", elsewhere);
        bool limited = false;
        await job.FencedAsync(
            async (work, token) =>
            {
                limited = near && await frontier.AddAsync(work, source, page.Depth, [target!], rules, token);
                await MarkAsync(work, page, result, token);
            },
            cancellation);
        return new PageNews(null, limited, null);
    }

    private async Task<PageNews> TroubleAsync(JobContext job, DuePage page, PageAnswer.Trouble trouble, CancellationToken cancellation)
    {
        if (trouble.After > options.Value.MaxRetryAfter || page.Attempts + 1 >= options.Value.Tries)
        {
            return await WriteAsync(job, page, new("failed", trouble.Failure) { Document = page.Document }, cancellation);
        }

        double doubled = options.Value.RetryPause.TotalSeconds * Math.Pow(2, page.Attempts) * (0.75 + (Random.Shared.NextDouble() / 2));
        var pause = TimeSpan.FromSeconds(Math.Min(doubled, options.Value.MaxRetryAfter.TotalSeconds));
        pause = trouble.After > pause ? trouble.After.Value : pause;
        await job.FencedAsync(
            async (work, token) => ThrowUnless(await work.ExecuteAsync(
                "update source_pages set due_at = now() + $3, attempts = attempts + 1, error_code = $4, error_detail = $5 where tenant_id = $1 and id = $2",
                token, work.Tenant, page.Id, pause, trouble.Failure.Code, trouble.Failure.Detail) == 1),
            cancellation);
        return new PageNews(null, false, trouble.After);
    }

    private async Task<PageNews> WriteAsync(JobContext job, DuePage page, PageResult result, CancellationToken cancellation)
    {
        await job.FencedAsync(
            async (work, token) =>
            {
                if (page.Document is { } document && result.Failure is { } failure)
                {
                    await WebDocument.FailAsync(work, document, failure, token);
                    signals.ChangedWhenCommitted(work, document);
                }

                await MarkAsync(work, page, result with { ETag = page.ETag, LastModified = page.LastModified, Sha256 = page.Sha256 }, token);
            },
            cancellation);
        return new PageNews(null, false, null);
    }

    private static async Task MarkAsync(TenantWork work, DuePage page, PageResult result, CancellationToken cancellation) =>
        ThrowUnless(await work.ExecuteAsync(
            """
            update source_pages set state = $3, due_at = null, attempts = 0, etag = $4, last_modified = $5, sha256 = $6,
                document_id = (select d.id from documents d where d.tenant_id = $1 and d.id = $7), error_code = $8, error_detail = $9,
                fetched_at = now(), changed_at = case when $10 then now() else changed_at end
            where tenant_id = $1 and id = $2
            """,
            cancellation, work.Tenant, page.Id, result.State, SqlParameter.Typed(NpgsqlDbType.Text, result.ETag),
            SqlParameter.Typed(NpgsqlDbType.Text, result.LastModified), SqlParameter.Typed(NpgsqlDbType.Bytea, result.Sha256),
            SqlParameter.Typed(NpgsqlDbType.Uuid, result.Document?.Value), SqlParameter.Typed(NpgsqlDbType.Text, result.Failure?.Code),
            SqlParameter.Typed(NpgsqlDbType.Text, result.Failure?.Detail), result.Kept) == 1);

    private static void ThrowUnless(bool there)
    {
        if (!there)
        {
            throw new SourceGoneException();
        }
    }

    /// <param name="Kept">The file has become a document's.</param>
    private sealed record PageResult(string State, Failure? Failure = null, bool Kept = false)
    {
        public DocumentId? Document { get; init; }

        public string? ETag { get; init; }

        public string? LastModified { get; init; }

        public byte[]? Sha256 { get; init; }
    }
}

/// <summary>What a page's answer means for the rest of the walk.</summary>
/// <param name="Site">The first page is on another site than was named: that one is walked.</param>
/// <param name="Limited">Pages were found that there is no room for.</param>
/// <param name="Pause">The site asks to be left alone for so long.</param>
internal sealed record PageNews(Uri? Site, bool Limited, TimeSpan? Pause);
