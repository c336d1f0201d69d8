using System.Reflection;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Documents;

/// <summary>The document that shows what the product does, in a collection of its own, once per workspace.</summary>
public sealed class SampleDocument(TenantDatabase database, UploadDocuments uploads)
{
    public const string CollectionName = "Sample";
    public const string DocumentName = "How AiSaas works.md";

    /// <summary>Questions that the guide answers, as people would ask them.</summary>
    public static readonly IReadOnlyList<string> Questions =
    [
        "How large may a file be?",
        "How are citations checked?",
        "What happens when a worker dies in the middle of an answer?",
        "Who can see my documents?",
    ];

    /// <summary>Adds it, or names the one that is there. A sample whose document was deleted gets it again.</summary>
    public async Task<SampleAdded> AddAsync(TenantId tenant, UserId user, CancellationToken cancellation)
    {
        if (await FindAsync(tenant, cancellation) is { } existing)
        {
            return existing;
        }

        await using var content = Open();
        var file = await uploads.ReceiveAsync(tenant, DocumentName, content, cancellation);
        var added = await database.RunAsync(tenant, (work, token) => AddAsync(work, user, file, token), cancellation);
        if (added is null)
        {
            // Another request was quicker.
            await uploads.DiscardAsync(tenant, [file], cancellation);
        }

        return added ?? await FindAsync(tenant, cancellation)
            ?? throw new InvalidOperationException("The sample was deleted while it was being added.");
    }

    internal static Stream Open() =>
        Assembly.GetExecutingAssembly().GetManifestResourceStream("AiSaas.Core.Documents.Sample.guide.md")!;

    private async Task<SampleAdded?> AddAsync(TenantWork work, UserId user, ReceivedFile file, CancellationToken cancellation)
    {
        // The unique index makes a second request wait here until the first has committed.
        await work.ExecuteAsync(
            """
            insert into collections (id, tenant_id, name, description, sample, created_by)
            values ($1, $2, $3, 'A guide to AiSaas, to try questions on.', true, $4) on conflict (tenant_id) where sample do nothing
            """,
            cancellation, CollectionId.New(), work.Tenant, CollectionName, user);
        var collection = CollectionId.From(await work.ScalarAsync<Guid>(
            "select id from collections where tenant_id = $1 and sample for update", cancellation, work.Tenant));
        if (await work.ScalarAsync<bool>(
            "select exists (select from documents where tenant_id = $1 and collection_id = $2)", cancellation, work.Tenant, collection))
        {
            return null;
        }

        var document = await uploads.AddAsync(work, user, collection, file, null, cancellation);
        return new SampleAdded(collection.Value, document.Id, document.JobId);
    }

    private async Task<SampleAdded?> FindAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            """
            select c.id, d.id, d.job_id from collections c join documents d on d.tenant_id = c.tenant_id and d.collection_id = c.id
            where c.tenant_id = $1 and c.sample order by d.id limit 1
            """,
            row => new SampleAdded(row.GetGuid(0), row.GetGuid(1), row.IsDBNull(2) ? null : row.GetGuid(2)), cancellation, tenant);
        return found is [var sample] ? sample : null;
    }
}
