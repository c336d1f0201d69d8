using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Documents;

/// <summary>How uploads and their readers are bounded; sizes and counts of a workspace are in <c>Limits</c>. Section <c>Documents</c>.</summary>
public sealed class DocumentsOptions
{
    public const string Section = "Documents";

    /// <summary>Largest request with all its files, in bytes.</summary>
    [Range(1, 1L << 42)]
    public long MaxRequestBytes { get; init; } = 2L << 30;

    [Range(1, 1000)]
    public int MaxFilesPerRequest { get; init; } = 100;

    /// <summary>How long an upload in pieces is kept after its last byte, and the record of one that is done.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan UploadLifetime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Uploads in pieces that a workspace may have under way.</summary>
    [Range(1, 100_000)]
    public int MaxOpenUploads { get; init; } = 1_000;

    /// <summary>How long a reader of a document's events waits for a signal before it looks for itself.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan EventPoll { get; init; } = TimeSpan.FromSeconds(2);
}
