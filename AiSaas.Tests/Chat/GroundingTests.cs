using AiSaas.Core.Chat;
using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval;

namespace AiSaas.Tests.Chat;

public sealed class GroundingTests
{
    private static readonly Passage[] Passages =
    [
        Passage("A refund takes five working days. It is paid to the card that was charged."),
        Passage("Gift cards are not refunded. They are valid for three years from the day of purchase."),
    ];

    [Theory]
    [InlineData("A refund takes five working days [1]. Gift cards are not refunded [2].", "grounded")]
    [InlineData("- A refund takes five working days. [1]\n- Gift cards are not refunded. [2]", "grounded")]
    [InlineData("## Refunds\n\nHere is what the policy says:\n\nA refund takes five working days [1].", "grounded")]
    [InlineData("A refund takes five working days [1]. Penguins hatch in the antarctic winter.", "partly")]
    [InlineData("A refund takes five working days [1].\n\nPenguins hatch in the antarctic winter.", "partly")]
    [InlineData("A refund takes five working days [1]. Penguins hatch in winter [2].", "partly")]
    [InlineData("A refund takes five working days [1][7].", "partly")]
    [InlineData("A refund takes five working days [1]. It says \"money comes back within an hour\" [1].", "partly")]
    [InlineData("A refund takes five working days.", "uncited")]
    [InlineData("The documents do not say it. A refund usually takes ten working days anyway.", "uncited")]
    [InlineData("Penguins hatch in the antarctic winter [1].", "unsupported")]
    [InlineData("Penguins hatch in the antarctic winter [9].", "unsupported")]
    [InlineData("The documents do not contain an answer to that.", "declined")]
    [InlineData("I couldn't find any information on that.", "declined")]
    [InlineData("Die Dokumente enthalten dazu keine Antwort.", "declined")]
    [InlineData("文档中没有提到这一点。", "declined")]
    public void An_answer_is_worth_what_its_citations_are(string text, string verdict) => Assert.Equal(verdict, Ground(text)?.Verdict);

    [Fact]
    public void What_is_wrong_is_named()
    {
        var grounding = Ground(
            "A refund takes five working days [1]. “Gift cards are valid for three years” [2], and “for ever and a day on Sundays” [4].\n\nPenguins hatch in the antarctic winter.");

        Assert.Equal(["Penguins hatch in the antarctic winter."], grounding!.UncitedSentences);
        Assert.Equal([4], grounding.InventedNumbers);
        Assert.Equal(["Gift cards are valid for three years", "for ever and a day on Sundays"], grounding.UnfoundQuotes);
    }

    [Theory]
    [InlineData("It says “a REFUND takes\u00a0five working … to the card that was charged” [1].")]
    [InlineData("You asked about “how long refunds take” — five working days: a refund takes five working days [1].")]
    [InlineData("The “card” is what it is paid to: the card that was charged [1].")]
    public void A_quote_may_differ_in_case_leave_words_out_and_repeat_the_question(string text) =>
        Assert.Empty(Ground(text, "Tell me how long refunds take")!.UnfoundQuotes);

    [Fact]
    public void Code_cites_nothing_and_quotes_nothing() =>
        Assert.Equal(("grounded", 0), (Ground("A refund takes five working days [1].\n\n```c\nx[9] = \"no such words in there\";\n```") is var grounding
            ? (grounding!.Verdict, grounding.InventedNumbers.Count + grounding.UnfoundQuotes.Count) : default));

    [Fact]
    public void Who_says_that_nothing_answers_declines_whatever_is_cited_and_an_empty_answer_is_not_judged()
    {
        Assert.Equal("declined", Ground("A refund takes five working days [1].", answered: false)?.Verdict);
        Assert.Null(Ground("  "));
    }

    [Fact]
    public void What_stands_around_a_passage_supports_what_cites_it_and_is_quoted_at_its_own_place()
    {
        var neighbour = new Neighbour(ChunkId.New(), 1, "Shipping", 4, 50, 50 + "Parcels leave the warehouse on Mondays.".Length, "Parcels leave the warehouse on Mondays.", null);
        var passage = Passages[0] with { Neighbours = [neighbour] };

        var citation = CitationChecker.Check(new(1, "Parcels leave the warehouse on Mondays"), passage);

        Assert.Equal((CitationChecker.Verified, neighbour.ChunkId.Value, 4, 50), (citation.Verdict, citation.ChunkId, citation.Page, citation.Start));
        Assert.Equal("Parcels leave the warehouse on Mondays", citation.Quote);
        Assert.Equal($"{passage.Text}\n\n{neighbour.Text}", passage.Context);
    }

    [Fact]
    public void What_only_an_edit_says_is_not_verified_and_the_page_is_quoted()
    {
        var edited = Passages[0] with { Text = "Penguins hatch in the antarctic winter.", Original = Passages[0].Text };

        var invented = CitationChecker.Check(new(1, "Penguins hatch in the antarctic winter"), edited);
        var held = CitationChecker.Check(new(1, "A refund takes five working days"), edited);

        Assert.Equal((CitationChecker.Unsupported, true), (invented.Verdict, invented.Edited));
        Assert.Equal((CitationChecker.Verified, true), (held.Verdict, held.Edited));
        Assert.Contains(invented.Quote, edited.Original, StringComparison.Ordinal);
    }

    private static Contracts.Chat.AnswerGrounding? Ground(string text, string question = "", bool? answered = null)
    {
        AnswerDraft draft = new(Passages);
        _ = draft.Add(text).ToList();
        return draft.Ground(question, answered);
    }

    private static Passage Passage(string text) => new(
        ChunkId.New(), DocumentId.New(), CollectionId.New(), "policy.md", null, 1, 0, text.Length, text, 1, null, null);
}
