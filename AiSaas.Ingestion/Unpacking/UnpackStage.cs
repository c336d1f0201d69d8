using System.Security.Cryptography;
using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Ingestion.Documents;
using AiSaas.Ingestion.Parsing;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Unpacking;

/// <summary>Container → documents of what is in it, some hundred at a time.</summary>
/// <remarks>
/// <code>
/// archive ─unpack▶ documents with jobs, by groups ─checkpoint─ waits for them (without a slot) ▶ ready
/// mail    ─unpack▶ documents with jobs            ─ goes on as any document, and waits for nothing
/// </code>
/// An attempt that was interrupted unpacks again from the start and finds by their place what the one before has made.
/// </remarks>
internal sealed class UnpackStage(
    IFileStore files, IEnumerable<IUnpacker> unpackers, Containers containers, UploadDocuments uploads, IOptions<UnpackingOptions> options)
{
    private const int FilesAtOnce = 500;
    private const int BytesAtOnce = 8 << 20;
    private const int HeadBytes = 64 << 10;

    /// <returns>How the attempt ends; null where the document goes on to be parsed.</returns>
    public async Task<JobOutcome?> RunAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        var unpacker = unpackers.FirstOrDefault(candidate => candidate.ContentType == document.ContentType);
        if (unpacker is null || (unpacker.HasText && document.Whole is not null))
        {
            return null;
        }

        if (document.Whole is null && await UnpackAsync(job, document, unpacker, cancellation) is { } outcome)
        {
            return outcome;
        }

        if (unpacker.HasText)
        {
            return null;
        }

        var children = await job.CountChildrenAsync(cancellation);
        job.Log(FormattableString.Invariant($"All {children.Total} files were read, {children.Total - children.Succeeded} of them without success."));
        await containers.FinishAsync(job, document, cancellation);
        return JobOutcome.Done;
    }

    private async Task<JobOutcome?> UnpackAsync(JobContext job, StagedDocument document, IUnpacker unpacker, CancellationToken cancellation)
    {
        var (root, depth) = await containers.PlaceAsync(job, document.Id, cancellation);
        Unpacked unpacked = new(new PackedIn(
            document.Id, root, document.Collection, document.By, document.Version, job.JobId, options.Value.MaxFiles, options.Value.MaxBytes));
        if (depth < options.Value.MaxDepth)
        {
            await ReadAsync(job, document, unpacker, unpacked, cancellation);
        }
        else if (!unpacker.HasText)
        {
            throw new DocumentFaultException(
                "documents:nested-too-deep", $"This archive lies in {depth} others. Archives are unpacked {options.Value.MaxDepth} deep.");
        }

        string? notice = unpacked.Refusals.Words();
        job.Log(FormattableString.Invariant($"Unpacked {unpacked.Taken} files; {unpacked.Refusals.Count} could not be read."));
        if (unpacker.HasText)
        {
            await containers.UnpackedAsync(job, document, notice, cancellation);
            return null;
        }

        if (unpacked.Taken == 0)
        {
            throw new DocumentFaultException("documents:nothing-readable", notice ?? "There is no file in this archive.");
        }

        await containers.AwaitContentsAsync(job, document.Id, notice, cancellation);
        return new JobOutcome.Waiting();
    }

    private async Task ReadAsync(
        JobContext job, StagedDocument document, IUnpacker unpacker, Unpacked unpacked, CancellationToken cancellation)
    {
        await using var original = await files.OpenAsync(job.Tenant, document.Id, cancellation) ?? throw new DocumentGoneException();
        HashSet<string> seen = [];
        double fraction = 0;
        await foreach (var found in unpacker.ReadAsync(original, cancellation))
        {
            fraction = found.Fraction;
            string? refusal = found.Refusal ?? (seen.Add(found.Path) ? null : "another file in it has the same name");
            refusal ??= await TakeAsync(job, found, unpacked, cancellation);
            if (refusal is not null)
            {
                unpacked.Refusals.Add(found.Path, refusal);
            }

            if (unpacked.Group.Count >= FilesAtOnce || unpacked.GroupBytes >= BytesAtOnce)
            {
                await WriteAsync(job, unpacked, fraction, cancellation);
            }
        }

        await WriteAsync(job, unpacked, 1, cancellation);
    }

    /// <returns>Why it can't be a document; null where it is in the group.</returns>
    private async Task<string?> TakeAsync(JobContext job, FoundFile found, Unpacked unpacked, CancellationToken cancellation)
    {
        try
        {
            await using var content = await found.Open(cancellation);
            // Recognised by its first bytes, so that a film is not stored first and refused after.
            byte[] small = unpacked.Buffer;
            int read = await content.ReadAtLeastAsync(small, small.Length, throwOnEndOfStream: false, cancellation);
            var recognition = DocumentFormats.Recognize(found.Path, small.AsSpan(0, Math.Min(read, HeadBytes)));
            if (recognition is Recognition.Refused refused)
            {
                return refused.Failure.Detail;
            }

            if (read <= IFileStore.MaxSmallBytes)
            {
                byte[] whole = small[..read];
                unpacked.Add(new PackedFile(found.Path, found.Path, recognition.ContentType, read, SHA256.HashData(whole), whole, null));
                return null;
            }

            var written = await files.WriteAsync(job.Tenant, new Prefixed(small, content), uploads.MaxBytes, cancellation);
            if (written.Id is null)
            {
                return $"larger than {uploads.MaxWords}";
            }

            unpacked.Add(new PackedFile(found.Path, found.Path, recognition.ContentType, written.Bytes, written.Sha256, null, written.Id));
            return null;
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException)
        {
            return "damaged";
        }
    }

    private async Task WriteAsync(JobContext job, Unpacked unpacked, double fraction, CancellationToken cancellation)
    {
        if (unpacked.Group.Count == 0)
        {
            return;
        }

        var outcome = await containers.AddAsync(job, unpacked.Container, unpacked.Group, fraction, cancellation);
        foreach (var (file, why) in outcome.Left)
        {
            unpacked.Refusals.Add(file.Name, why);
        }

        unpacked.Written(outcome.Taken);
    }

    /// <summary>What has come out so far: the group that is not written yet, and what became of the rest.</summary>
    private sealed class Unpacked(PackedIn container)
    {
        public PackedIn Container { get; } = container;

        /// <summary>One for all files: it is large enough to be collected late.</summary>
        public byte[] Buffer { get; } = new byte[IFileStore.MaxSmallBytes + 1];

        public List<PackedFile> Group { get; } = [];

        public long GroupBytes { get; private set; }

        public Refusals Refusals { get; } = new();

        public int Taken { get; private set; }

        public void Add(PackedFile file)
        {
            Group.Add(file);
            GroupBytes += file.Content?.Length ?? 0;
        }

        public void Written(int taken)
        {
            Taken += taken;
            Group.Clear();
            GroupBytes = 0;
        }
    }

    /// <summary>A stream whose beginning has been read already.</summary>
    private sealed class Prefixed(ReadOnlyMemory<byte> head, Stream rest) : ReadStream
    {
        private ReadOnlyMemory<byte> _head = head;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_head.IsEmpty)
            {
                return rest.ReadAsync(buffer, cancellationToken);
            }

            int count = Math.Min(buffer.Length, _head.Length);
            _head[..count].CopyTo(buffer);
            _head = _head[count..];
            return ValueTask.FromResult(count);
        }
    }
}
