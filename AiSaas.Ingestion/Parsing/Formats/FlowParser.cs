using System.Runtime.CompilerServices;
using AiSaas.Ingestion.Parsing.Flow;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>A format without pages: subclasses yield blocks, this lays them out and counts them.</summary>
internal abstract class FlowParser(IOptions<ParsingOptions> options) : IDocumentParser
{
    // A real page or guide takes milliseconds.
    private static readonly TimeSpan TreePatience = TimeSpan.FromSeconds(60);

    public abstract IReadOnlyList<string> ContentTypes { get; }

    protected ParsingOptions Options { get; } = options.Value;

    public async IAsyncEnumerable<ParsedPage> ParseAsync(
        ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        FlowPages pages = new();
        long characters = 0;
        bool any = false;
        await foreach (var block in ReadAsync(input, cancellation))
        {
            characters += block.Text.Length;
            if (characters > Options.MaxCharacters)
            {
                throw DocumentFaultException.TooMuch(
                    $"The document has more than {Options.MaxCharacters / 1_000_000.0:0.#} million characters. Split it into several.");
            }

            foreach (var page in pages.Add(block))
            {
                cancellation.ThrowIfCancellationRequested();
                any = true;
                yield return page;
            }
        }

        if (pages.Finish() is { } last)
        {
            any = true;
            yield return last;
        }

        if (!any)
        {
            throw DocumentFaultException.NoText("The document contains no text.");
        }
    }

    /// <summary>Makes a tree of text that somebody may have written to take forever.</summary>
    /// <remarks>No thread can be stopped from outside: one that is given up ends by itself, sooner or later, while the worker goes on.</remarks>
    protected static async Task<T> TreeAsync<T>(Func<T> parse, CancellationToken cancellation)
    {
        try
        {
            return await Task.Run(parse, cancellation).WaitAsync(TreePatience, TimeProvider.System, cancellation);
        }
        catch (TimeoutException)
        {
            throw new DocumentFaultException("documents:too-costly", "Reading this document took too long, so it was stopped.");
        }
    }

    protected abstract IAsyncEnumerable<FlowBlock> ReadAsync(ParserInput input, CancellationToken cancellation);
}
