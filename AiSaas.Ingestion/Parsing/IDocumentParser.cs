using AiSaas.Contracts.Common;

namespace AiSaas.Ingestion.Parsing;

/// <summary>Reads one family of formats. Whatever the content, it ends within its limits: with pages, or with a fault in words.</summary>
internal interface IDocumentParser
{
    IReadOnlyList<string> ContentTypes { get; }

    /// <summary>Yields pages in order, as they are found; holds few of them at a time.</summary>
    /// <exception cref="DocumentFaultException">The document itself is at fault: trying again is useless.</exception>
    IAsyncEnumerable<ParsedPage> ParseAsync(ParserInput input, CancellationToken cancellation);
}

/// <summary>The original as a local file, and what is learned about it on the way.</summary>
internal sealed class ParserInput(string path, string name)
{
    public string Path { get; } = path;

    public string Name { get; } = name;

    /// <summary>As the server named it that the original came from; null where nobody did.</summary>
    public string? Charset { get; init; }

    /// <summary>As the document itself gives it; null where it gives none.</summary>
    public string? Title { get; set; }

    /// <summary>What readers should know, in words.</summary>
    public string? Notice { get; set; }

    /// <summary>0 to 1, how much has been read.</summary>
    public double Fraction { get; set; }
}

/// <summary>The document can't be read, and never will be. The detail is for people.</summary>
/// <remarks>An exception although it is expected: it ends parsing from deep inside a format, and the pipeline turns it into a value.</remarks>
internal sealed class DocumentFaultException(string code, string detail) : Exception(detail)
{
    public Failure Failure { get; } = new(code, detail);

    public static DocumentFaultException Damaged(string what) =>
        new("documents:damaged", $"{what} is damaged and can't be opened. Save it again from the program that made it.");

    public static DocumentFaultException NoText(string detail) => new("documents:no-text", detail);

    public static DocumentFaultException TooMuch(string detail) => new("documents:too-much-text", detail);
}
