using System.Net;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;
using AiSaas.Contracts.Sources;
using AiSaas.Core.Documents;
using AiSaas.Core.Jobs.Schedules;
using AiSaas.Core.Outbound;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Options;
using NpgsqlTypes;

namespace AiSaas.Core.Sources;

/// <summary>What became of the wish to add an address.</summary>
public abstract record AddSourceOutcome
{
    private AddSourceOutcome()
    {
    }

    public sealed record Accepted(SourceAccepted Source) : AddSourceOutcome;

    public sealed record Refused(Failure Failure) : AddSourceOutcome;

    /// <summary>There is no such collection.</summary>
    public sealed record NotFound : AddSourceOutcome;
}

/// <summary>Takes an address in: the source, its first page, that page's document and the walk, in one transaction.</summary>
/// <remarks>An address that the collection has already is fetched again, with the new depth and limit; it never becomes two.</remarks>
public sealed class AddSource(
    TenantDatabase database, SourceWalks walks, ScheduleControl schedules, AddressPolicy addresses, TenantLimits limits, TimeProvider time,
    IOptions<SourcesOptions> options)
{
    public async Task<AddSourceOutcome> HandleAsync(
        TenantId tenant, ScheduleAuthor author, CollectionId collection, AddSourceRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (Fault(request, out var url) is { } fault)
        {
            return new AddSourceOutcome.Refused(fault);
        }

        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await work.ScalarAsync<bool>(
            "select true from collections where tenant_id = $1 and id = $2 for key share", cancellation, tenant, collection))
        {
            return new AddSourceOutcome.NotFound();
        }

        if (await SourceAsync(work, author, collection, url!, request, cancellation) is not { } source)
        {
            return new AddSourceOutcome.Refused(
                new("sources:too-many", $"A workspace has up to {options.Value.MaxSources:N0} sources. Delete one first."));
        }

        // Order of locks everywhere: document, page, source.
        if (await FirstPageAsync(work, author, collection, source, url!, cancellation) is not { } document)
        {
            return new AddSourceOutcome.Refused(
                new("documents:too-many", "The workspace holds as many documents as it may. Delete some first."));
        }

        await work.ExecuteAsync(
            "update sources set depth = coalesce($3, depth), max_pages = coalesce($4, max_pages), updated_at = now() where tenant_id = $1 and id = $2",
            cancellation, tenant, source, SqlParameter.Typed(NpgsqlDbType.Integer, request.Depth),
            SqlParameter.Typed(NpgsqlDbType.Integer, request.MaxPages ?? (request.Depth is > 0 ? Pages(request) : null)));
        var job = await walks.StartAsync(work, source, cancellation) ?? throw new InvalidOperationException($"Source {source} is locked and gone.");
        if (document.JobId is null && document.Status == "queued")
        {
            await work.ExecuteAsync("update documents set job_id = $3 where tenant_id = $1 and id = $2", cancellation, tenant, document.Id, job);
            document = document with { JobId = job.Value };
        }

        if (request.Refetch is { } cron && await RefetchSchedule.SetAsync(
            schedules, work, author, source, url!.AbsoluteUri, cron.Trim(), request.Timezone ?? "UTC", cancellation) is { } refused)
        {
            return new AddSourceOutcome.Refused(refused);
        }

        await work.CommitAsync(cancellation);
        return new AddSourceOutcome.Accepted(new(source.Value, job.Value, [document]));
    }

    /// <summary>What a depth and a number of pages are held to.</summary>
    internal static Failure? Fault(SourcesOptions options, int? depth, int? pages) =>
        depth is < 0 || depth > options.MaxDepth
            ? new("sources:too-deep", $"A crawl goes 0 to {options.MaxDepth} links deep.")
            : pages is < 1 || pages > options.MaxPages
                ? new("sources:too-many-pages", $"A source has 1 to {options.MaxPages:N0} pages.")
                : null;

    // What can be known without asking anybody; the rest is known when it is connected to.
    private Failure? Fault(AddSourceRequest request, out Uri? url)
    {
        if (!OutboundUrl.TryRead(request.Url, addresses, out url, out string? words))
        {
            bool inside = Uri.TryCreate(request.Url, UriKind.Absolute, out var read) && IPAddress.TryParse(read.IdnHost, out var literal) && !addresses.Allows(literal);
            return new(inside ? "sources:forbidden-address" : "sources:bad-url", words);
        }

        string host = url.IdnHost.TrimEnd('.');
        if ((host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
            && !addresses.Allows(IPAddress.Loopback))
        {
            return new("sources:forbidden-address", "That address is this machine's own, which can't be reached from here.");
        }

        url = PageAddress.Normalize(url);
        return url is null
            ? new("sources:bad-url", $"That is no address of up to {PageAddress.MostCharacters} characters.")
            : Fault(options.Value, request.Depth, request.MaxPages) ?? CronFault(request);
    }

    private Failure? CronFault(AddSourceRequest request) =>
        string.IsNullOrWhiteSpace(request.Refetch) ? null : ScheduleControl.Preview(request.Refetch, request.Timezone ?? "UTC", time.GetUtcNow()).Failure;

    private int Pages(AddSourceRequest request) =>
        request.MaxPages ?? (request.Depth is > 0 ? Math.Min(options.Value.DefaultPages, options.Value.MaxPages) : 1);

    /// <returns>The collection's source of that address, new or known; null where there is no room for a new one.</returns>
    private async Task<SourceId?> SourceAsync(
        TenantWork work, ScheduleAuthor author, CollectionId collection, Uri url, AddSourceRequest request, CancellationToken cancellation)
    {
        // Two who add the same address at once: the second waits here, and then fetches the first one's.
        int made = await work.ExecuteAsync(
            """
            insert into sources (id, tenant_id, collection_id, url, depth, max_pages, status, site, created_by)
            values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8) on conflict (tenant_id, collection_id, url) do nothing
            """,
            cancellation, SourceId.New(), work.Tenant, collection, url.AbsoluteUri, request.Depth ?? 0, Pages(request), PageAddress.Origin(url), author.User);
        if (made == 1 && await work.ScalarAsync<long>("select count(*) from sources where tenant_id = $1", cancellation, work.Tenant) > options.Value.MaxSources)
        {
            return null;
        }

        return SourceId.From(await work.ScalarAsync<Guid>(
            "select id from sources where tenant_id = $1 and collection_id = $2 and url = $3", cancellation, work.Tenant, collection, url.AbsoluteUri));
    }

    /// <returns>The first page's document; null where there is no room for it.</returns>
    private async Task<UploadedDocument?> FirstPageAsync(
        TenantWork work, ScheduleAuthor author, CollectionId collection, SourceId source, Uri url, CancellationToken cancellation)
    {
        var there = await work.QueryAsync(
            """
            select d.id, d.name, d.job_id, d.status from source_pages p join documents d on d.tenant_id = p.tenant_id and d.id = p.document_id
            where p.tenant_id = $1 and p.source_id = $2 and p.depth = 0 and d.version is not null limit 1
            """,
            row => new UploadedDocument(row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.GetString(3)),
            cancellation, work.Tenant, source);
        if (there is [var known])
        {
            return known;
        }

        var waiting = await work.QueryAsync(
            """
            update documents d set status = case when status = 'failed' then 'queued' else status end,
                stage = case when status = 'failed' then 'queued' else stage end, error_code = null, error_detail = null,
                job_id = case when status = 'failed' then null else job_id end, updated_at = now()
            from source_pages p
            where p.tenant_id = $1 and p.source_id = $2 and p.depth = 0 and d.tenant_id = $1 and d.id = p.document_id
            returning d.id, d.name, d.job_id, d.status
            """,
            row => new UploadedDocument(row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.GetString(3)),
            cancellation, work.Tenant, source);
        if (waiting is [var queued, ..])
        {
            return queued;
        }

        if (await work.ScalarAsync<int>("select count(*)::int from documents where tenant_id = $1", cancellation, work.Tenant) >= limits.Of("free").MaxDocuments)
        {
            return null;
        }

        var document = DocumentId.New();
        string name = PageName.Of(url);
        await WebDocument.CreateAsync(work, document, collection, name, url.AbsoluteUri, author.User, cancellation);
        await work.ExecuteAsync(
            """
            insert into source_pages (id, tenant_id, source_id, url, depth, document_id) values ($1, $2, $3, $4, 0, $5)
            on conflict (tenant_id, source_id, url) do update set document_id = excluded.document_id, depth = 0, state = 'waiting'
            """,
            cancellation, Guid.CreateVersion7(time.GetUtcNow()), work.Tenant, source, url.AbsoluteUri, document);
        return new UploadedDocument(document.Value, name, null, "queued");
    }
}
