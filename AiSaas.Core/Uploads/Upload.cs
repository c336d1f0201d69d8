using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;

namespace AiSaas.Core.Uploads;

/// <summary>An upload as its row has it.</summary>
/// <param name="File">Null once the bytes are a document's, or were refused.</param>
/// <param name="Outcome">What became of it; null while it is under way.</param>
public sealed record Upload(
    UploadId Id, CollectionId Collection, FileId? File, string Name, string? Metadata, bool KeepDuplicates, long Bytes, long Received,
    UploadedDocument? Outcome, UserId? By, DateTimeOffset ExpiresAt, bool IsExpired)
{
    public bool IsWhole => Received == Bytes;
}

/// <summary>What a client says of a file before it sends it.</summary>
/// <param name="Name">With its folders.</param>
/// <param name="Metadata">As it came, to be given back.</param>
/// <param name="KeepDuplicates">Makes a new document whatever is there already.</param>
public sealed record NewUpload(CollectionId Collection, string? Name, string? Metadata, bool KeepDuplicates, long Bytes);

public abstract record UploadCreation
{
    public sealed record Made(Upload Upload) : UploadCreation;

    public sealed record NoCollection : UploadCreation;

    public sealed record TooLarge : UploadCreation;

    /// <summary>So many are under way already, or the workspace is full.</summary>
    public sealed record TooMany(string Why) : UploadCreation;
}

public abstract record UploadProgress
{
    /// <summary>It was taken, as far as it came.</summary>
    /// <param name="Broken">The client's connection broke: what came before is kept.</param>
    public sealed record Advanced(Upload Upload, bool Broken) : UploadProgress;

    public sealed record NotFound : UploadProgress;

    public sealed record Expired : UploadProgress;

    /// <summary>It is elsewhere than the client believes.</summary>
    public sealed record WrongOffset(long Received) : UploadProgress;

    /// <summary>Another connection is sending it.</summary>
    public sealed record Locked : UploadProgress;
}
