using System.Net;
using AiSaas.Contracts.Chat;
using AiSaas.Web.Components.Evidence;
using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Renderers.Html.Inlines;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;

namespace AiSaas.Web.Components.Chat;

/// <summary>An answer's Markdown as safe HTML, with <c>[n]</c> as links to the cited place.</summary>
/// <remarks>What a model writes is a stranger's text: raw HTML is shown as text, links go to http, https and mailto only, and
/// images become links, since loading one would tell a stranger's server what was asked. Scripts/chat/markdown.ts follows the
/// same rules while the answer streams.</remarks>
internal static class AnswerMarkdown
{
    private static readonly MarkdownPipeline Pipeline = Build();

    public static MarkupString Render(string text, IReadOnlyList<Citation> citations)
    {
        var document = Markdown.Parse(text, Pipeline);
        LevelHeadings(document);
        foreach (var block in document.Descendants<Block>().Where(static block => block is CodeBlock or Table))
        {
            // What scrolls sideways must be reached by keys.
            var attributes = block.GetAttributes();
            attributes.Classes?.Clear();
            attributes.AddProperty("tabindex", "0");
        }

        using StringWriter writer = new();
        HtmlRenderer renderer = new(writer);
        Pipeline.Setup(renderer);
        renderer.ObjectRenderers.Replace<LinkInlineRenderer>(new SafeLinkRenderer());
        renderer.ObjectRenderers.Replace<AutolinkInlineRenderer>(new SafeAutolinkRenderer());
        renderer.ObjectRenderers.FindExact<CodeBlockRenderer>()!.OutputAttributesOnPre = true;
        renderer.ObjectRenderers.Add(new CitationMarkRenderer(citations));
        renderer.Render(document);
        return new MarkupString(writer.ToString());
    }

    /// <summary>The page's own headings come first: h1 and h2 are the conversation and the question. An answer's first is an h3,
    /// whatever it was written as, and none is more than one below the one before.</summary>
    private static void LevelHeadings(MarkdownDocument document)
    {
        int? first = null;
        int before = 2;
        foreach (var heading in document.Descendants<HeadingBlock>())
        {
            first ??= heading.Level;
            before = Math.Clamp(3 + heading.Level - first.Value, 3, Math.Min(6, before + 1));
            heading.Level = before;
        }
    }

    private static MarkdownPipeline Build()
    {
        var builder = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseAutoLinks();
        builder.InlineParsers.Insert(0, new CitationMarkParser());
        return builder.Build();
    }

    private static bool IsAllowed(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeMailto);

    private static void Open(HtmlRenderer renderer, string url) =>
        renderer.Write("<a href=\"").Write(WebUtility.HtmlEncode(url)).Write("\" rel=\"noopener nofollow\" target=\"_blank\">");

    private sealed class SafeLinkRenderer : HtmlObjectRenderer<LinkInline>
    {
        protected override void Write(HtmlRenderer renderer, LinkInline obj)
        {
            string? url = obj.GetDynamicUrl?.Invoke() ?? obj.Url;
            bool linked = IsAllowed(url);
            if (linked)
            {
                Open(renderer, url!);
            }

            renderer.WriteChildren(obj);
            if (linked)
            {
                renderer.Write("</a>");
            }
        }
    }

    private sealed class SafeAutolinkRenderer : HtmlObjectRenderer<AutolinkInline>
    {
        protected override void Write(HtmlRenderer renderer, AutolinkInline obj)
        {
            string url = obj.IsEmail ? "mailto:" + obj.Url : obj.Url;
            bool linked = IsAllowed(url);
            if (linked)
            {
                Open(renderer, url);
            }

            renderer.WriteEscape(obj.Url);
            if (linked)
            {
                renderer.Write("</a>");
            }
        }
    }

    private sealed class CitationMarkRenderer(IReadOnlyList<Citation> citations) : HtmlObjectRenderer<CitationMark>
    {
        private readonly Dictionary<int, int> _seen = [];

        protected override void Write(HtmlRenderer renderer, CitationMark obj)
        {
            if (IndexOf(obj.Number) is not { } index)
            {
                renderer.WriteEscape($"[{obj.Number}]");
                return;
            }

            var cited = citations[index];

            renderer.Write("<a class=\"cite\" data-cite=\"").Write(Text(cited.Number)).Write("\" data-key=\"").Write(Passage.KeyOf(index)).Write("\" data-verdict=\"")
                .Write(WebUtility.HtmlEncode(cited.Verdict)).Write("\" href=\"")
                .Write(WebUtility.HtmlEncode(EvidenceLinks.Passage(cited.DocumentId, cited.Page, cited.Start, cited.End)))
                .Write("\" aria-label=\"").Write(WebUtility.HtmlEncode(EvidenceWords.Label(cited))).Write("\">")
                .Write(Text(cited.Number)).Write("</a>");
        }

        // One number may be cited for several quotes: its k-th mark belongs to the k-th of its citations.
        private int? IndexOf(int number)
        {
            int before = _seen.GetValueOrDefault(number);
            _seen[number] = before + 1;
            int? last = null;
            for (int index = 0; index < citations.Count; index++)
            {
                if (citations[index].Number == number)
                {
                    last = index;
                    if (before-- == 0)
                    {
                        break;
                    }
                }
            }

            return last;
        }

        private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
