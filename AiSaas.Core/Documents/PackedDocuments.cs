using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using NpgsqlTypes;

namespace AiSaas.Core.Documents;

/// <summary>A readable file that was found in an archive or mail.</summary>
/// <param name="Entry">Where in the container: unique there, up to 600 characters.</param>
/// <param name="Content">Its bytes where they are few; else they are in <paramref name="File"/>.</param>
public sealed record PackedFile(string Entry, string Name, string ContentType, long Bytes, byte[] Sha256, byte[]? Content, FileId? File);

/// <summary>The container that files come out of, and what may come out of it.</summary>
/// <param name="Root">The outermost container: limits are over all that it holds, however deep.</param>
/// <param name="Version">The container's version that is being unpacked.</param>
/// <param name="Job">The job that unpacks it, of which the files' jobs become children.</param>
/// <param name="MaxFiles">Documents under the root.</param>
/// <param name="MaxBytes">Their sizes, summed.</param>
public sealed record PackedIn(
    DocumentId Document, DocumentId Root, CollectionId Collection, UserId? By, long Version, JobId Job, int MaxFiles, long MaxBytes);

/// <param name="Taken">Files that are documents now, new or not.</param>
/// <param name="Left">Those that found no room, with the reason.</param>
public sealed record PackedOutcome(int Taken, IReadOnlyList<(PackedFile File, string Why)> Left);

/// <summary>Makes documents of the files of a container: some hundred with a handful of statements.</summary>
/// <remarks>Entries that an earlier attempt, or an earlier version of the container, has made are found by their place in it: left
/// as they are where the content is the same, read anew where it is not, or where they failed.</remarks>
public sealed class PackedDocuments(UploadDocuments uploads, DocumentVersions versions, IFileStore files, JobQueue jobs)
{
    /// <summary>In the caller's transaction, which has locked the container's row.</summary>
    public async Task<PackedOutcome> AddAsync(
        TenantWork work, PackedIn container, IReadOnlyList<PackedFile> found, CancellationToken cancellation)
    {
        var known = await KnownAsync(work, container, found, cancellation);
        foreach (var file in found)
        {
            if (known.GetValueOrDefault(file.Entry) is { } there)
            {
                await RenewAsync(work, container, there, file, cancellation);
            }
        }

        await work.ExecuteAsync(
            "update documents set parent_version = $3 where tenant_id = $1 and parent_id = $2 and entry = any($4)",
            cancellation, work.Tenant, container.Document, container.Version, known.Keys.ToArray());
        var (fresh, left) = await RoomAsync(work, container, [.. found.Where(file => !known.ContainsKey(file.Entry))], cancellation);
        await InsertAsync(work, container, fresh, cancellation);
        foreach (var (file, _) in left)
        {
            await DiscardAsync(work, file, cancellation);
        }

        return new PackedOutcome(known.Count + fresh.Count, left);
    }

    private static async Task<Dictionary<string, KnownDocument>> KnownAsync(
        TenantWork work, PackedIn container, IReadOnlyList<PackedFile> found, CancellationToken cancellation)
    {
        var rows = await work.QueryAsync(
            """
            select d.entry, d.id, d.name, d.status, d.job_id, d.sha256 = n.sha256 and d.bytes = n.bytes and d.status <> 'failed'
            from unnest($3::text[], $4::bytea[], $5::bigint[]) as n (entry, sha256, bytes)
                join documents d on d.tenant_id = $1 and d.parent_id = $2 and d.entry = n.entry
            order by d.id for update of d
            """,
            row => (Entry: row.GetString(0), Document: new KnownDocument(
                DocumentId.From(row.GetGuid(1)), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : JobId.From(row.GetGuid(4)), row.GetBoolean(5))),
            cancellation, work.Tenant, container.Document, found.Select(file => file.Entry).ToArray(),
            found.Select(file => file.Sha256).ToArray(), found.Select(file => file.Bytes).ToArray());
        return rows.ToDictionary(row => row.Entry, row => row.Document);
    }

    private async Task RenewAsync(TenantWork work, PackedIn container, KnownDocument there, PackedFile file, CancellationToken cancellation)
    {
        if (there.IsSame)
        {
            await DiscardAsync(work, file, cancellation);
            return;
        }

        ReceivedFile received = new(file.Name, file.ContentType, file.File, file.Bytes, file.Sha256, null);
        await versions.ReplaceAsync(work, there, received, file.Content, container.Job, cancellation);
    }

    private Task DiscardAsync(TenantWork work, PackedFile file, CancellationToken cancellation) =>
        file.File is { } stored ? files.DiscardAsync(work, stored, cancellation) : Task.CompletedTask;

    private async Task<(List<PackedFile> Fresh, List<(PackedFile, string)> Left)> RoomAsync(
        TenantWork work, PackedIn container, List<PackedFile> fresh, CancellationToken cancellation)
    {
        int room = await uploads.RoomAsync(work, cancellation);
        var (count, bytes) = (await work.QueryAsync(
            "select count(*)::int, coalesce(sum(bytes), 0)::bigint from documents where tenant_id = $1 and root_id = $2",
            row => (row.GetInt32(0), row.GetInt64(1)), cancellation, work.Tenant, container.Root))[0];
        List<PackedFile> taken = [];
        List<(PackedFile, string)> left = [];
        foreach (var file in fresh)
        {
            if (taken.Count >= room)
            {
                left.Add((file, "the workspace holds as many documents as it may"));
            }
            else if (count >= container.MaxFiles || bytes + file.Bytes > container.MaxBytes)
            {
                left.Add((file, "the upload unpacks to more than one upload may"));
            }
            else
            {
                taken.Add(file);
                count++;
                bytes += file.Bytes;
            }
        }

        return (taken, left);
    }

    private async Task InsertAsync(TenantWork work, PackedIn container, List<PackedFile> fresh, CancellationToken cancellation)
    {
        if (fresh.Count == 0)
        {
            return;
        }

        (PackedFile File, DocumentId Id, JobId Job)[] made = [.. fresh.Select(file => (file, DocumentId.New(), JobId.New()))];
        await work.ExecuteAsync(
            """
            insert into documents (id, tenant_id, collection_id, name, content_type, bytes, sha256, status, stage, job_id, created_by,
                parent_id, root_id, entry, parent_version)
            select n.id, $1, $2, n.name, n.type, n.bytes, n.sha256, 'queued', 'queued', n.job, $3, $4, $5, n.entry, $6
            from unnest($7::uuid[], $8::text[], $9::text[], $10::bigint[], $11::bytea[], $12::uuid[], $13::text[])
                as n (id, name, type, bytes, sha256, job, entry)
            """,
            cancellation, work.Tenant, container.Collection, SqlParameter.Typed(NpgsqlDbType.Uuid, container.By?.Value), container.Document,
            container.Root, container.Version, SqlParameter.Ids(made.Select(one => one.Id)), made.Select(one => one.File.Name).ToArray(),
            made.Select(one => one.File.ContentType).ToArray(), made.Select(one => one.File.Bytes).ToArray(),
            made.Select(one => one.File.Sha256).ToArray(), SqlParameter.Ids(made.Select(one => one.Job)), made.Select(one => one.File.Entry).ToArray());
        await files.AddAsync(
            work, [.. made.Where(one => one.File.Content is not null).Select(one => new SmallFile(one.Id, one.File.Content!))], cancellation);
        foreach (var (file, id, _) in made.Where(one => one.File.File is not null))
        {
            await files.AttachAsync(work, file.File!.Value, id, cancellation);
        }

        // Low: what somebody uploads meanwhile does not wait behind an archive of ten thousand files.
        await jobs.EnqueueAllAsync(
            work, [.. made.Select(one => IngestJob.For(one.Id, one.Job) with { Parent = container.Job, Priority = JobPriority.Low })], cancellation);
    }
}
