namespace AiSaas.Ingestion.Unpacking;

/// <summary>Finds the files in one kind of container. Whatever the content, it ends within its limits.</summary>
internal interface IUnpacker
{
    string ContentType { get; }

    /// <summary>True where the container is a document itself, which goes on to be parsed; its files are not waited for.</summary>
    bool HasText { get; }

    /// <summary>Yields the files in order. What an entry opens is read, or left, before the next one is asked for.</summary>
    /// <exception cref="Parsing.DocumentFaultException">The container itself is at fault.</exception>
    IAsyncEnumerable<FoundFile> ReadAsync(Stream original, CancellationToken cancellation);
}

/// <summary>A file in a container.</summary>
/// <param name="Path">Safe to store and show; folders are kept.</param>
/// <param name="Fraction">0 to 1, how much of the container has been read.</param>
/// <param name="Open">Its content. Reading it throws <see cref="InvalidDataException"/> where it is damaged.</param>
/// <param name="Refusal">Why it can't be opened, in words that follow its name; null where it can.</param>
internal sealed record FoundFile(string Path, double Fraction, Func<CancellationToken, Task<Stream>> Open, string? Refusal = null);
