using System.Text;
using AiSaas.Ingestion.Parsing.Flow;
using AngleSharp.Html.Parser;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>A page of HTML inside of another format, read whole.</summary>
internal static class HtmlTree
{
    /// <summary>Deeper than people nest.</summary>
    public const int MostDepth = 2_000;

    /// <summary>The blocks of its body. Runs no script and loads nothing.</summary>
    /// <exception cref="DocumentFaultException">It nests too deep.</exception>
    public static List<FlowBlock> Read(string page)
    {
        if (HtmlDepth.Exceeds(Encoding.UTF8.GetBytes(page), MostDepth))
        {
            throw TooDeep();
        }

        using var document = new HtmlParser(new HtmlParserOptions { IsScripting = false }).ParseDocument(page);
        return document.Body is { } body ? [.. new HtmlBlocks(body).Read()] : [];
    }

    public static DocumentFaultException TooDeep() => new(
        "documents:too-deep", $"The page nests its elements more than {MostDepth:N0} deep, which no page does that people wrote.");
}
