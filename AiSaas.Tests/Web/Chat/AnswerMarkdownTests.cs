using AiSaas.Contracts.Chat;
using AiSaas.Web.Components.Chat;

namespace AiSaas.Tests.Web.Chat;

public sealed class AnswerMarkdownTests
{
    private static readonly Guid Document = new("0198a0c0-0000-7000-8000-000000000001");

    [Fact]
    public void A_mark_leads_to_the_cited_place_and_says_how_it_was_verified()
    {
        string html = Render("Five days [1].", Cite(1, page: 3, start: 10, end: 42));

        Assert.Contains($"href=\"/documents/{Document}?page=3&amp;start=10&amp;end=42\"", html, StringComparison.Ordinal);
        Assert.Contains("data-verdict=\"verified\"", html, StringComparison.Ordinal);
        Assert.Contains("aria-label=\"Source 1: a &amp; b.pdf, page 3, Verified\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_kth_mark_of_a_number_belongs_to_its_kth_citation_and_later_ones_share_the_last()
    {
        string html = Render("A [1]. B [2]. C [1]. D [1].", Cite(1, page: 1), Cite(2, page: 2), Cite(1, page: 3));

        Assert.Equal(["c0", "c1", "c2", "c2"], Keys(html));
    }

    [Fact]
    public void A_mark_inside_a_list_a_table_and_bold_text_is_found()
    {
        string html = Render("- one [1]\n\n| a | b |\n|---|---|\n| x [1] | **y [1]** |\n", Cite(1));

        Assert.Equal(3, Keys(html).Count);
    }

    [Fact]
    public void An_invented_mark_and_one_in_code_stay_text()
    {
        string html = Render("See [9] and `[1]`.", Cite(1));

        Assert.Empty(Keys(html));
        Assert.Contains("[9]", html, StringComparison.Ordinal);
        Assert.Contains("<code>[1]</code>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("a <script>alert(1)</script> b")]
    [InlineData("<svg/onload=alert(1)>")]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("[x](JaVaScRiPt:alert(1))")]
    [InlineData("[x](data:text/html,hi)")]
    [InlineData("[x](/api/auth/logout)")]
    [InlineData("<javascript:alert(1)>")]
    [InlineData("![x](javascript:alert(1))")]
    [InlineData("[x][y]\n\n[y]: javascript:alert(1)")]
    public void What_a_model_writes_runs_nothing_and_leads_nowhere_it_should_not(string attack)
    {
        string html = Render(attack);

        Assert.DoesNotMatch("<(?:a|img|script|svg|iframe)[ />]", html);
    }

    [Fact]
    public void An_image_is_a_link_so_that_nothing_is_loaded_unasked()
    {
        string html = Render("![secret](https://example.com/x.png?q=1)");

        Assert.Contains("<a href=\"https://example.com/x.png?q=1\" rel=\"noopener nofollow\" target=\"_blank\">secret</a>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Headings_stand_below_the_pages_own_and_skip_no_level()
    {
        string html = Render("## A\n\n#### B\n\n## C\n\n### D");

        Assert.Equal(["3", "4", "3", "4"], System.Text.RegularExpressions.Regex.Matches(html, "<h([1-6])").Select(match => match.Groups[1].Value));
    }

    [Fact]
    public void What_scrolls_sideways_is_reached_by_keys()
    {
        string html = Render("```sh\nls\n```\n\n| a |\n|---|\n| b |\n");

        Assert.Contains("<pre tabindex=\"0\"><code>ls", html, StringComparison.Ordinal);
        Assert.Contains("<table tabindex=\"0\">", html, StringComparison.Ordinal);
    }

    private static string Render(string text, params Citation[] citations) => AnswerMarkdown.Render(text, citations).Value;

    private static List<string> Keys(string html) =>
        [.. System.Text.RegularExpressions.Regex.Matches(html, "data-key=\"(c[0-9]+)\"").Select(match => match.Groups[1].Value)];

    private static Citation Cite(int number, int page = 1, int start = 0, int end = 5) => new(
        number, Document, Document, Document, "a & b.pdf", null, page, start, end, "quote", "verified");
}
