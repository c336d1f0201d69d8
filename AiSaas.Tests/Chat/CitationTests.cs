using AiSaas.Core.Chat;
using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval;

namespace AiSaas.Tests.Chat;

public sealed class CitationTests
{
    private const string Page =
        "Refund policy\n\nA refund takes five working days. It is paid to the card that was charged.\nGift cards are not refunded.";

    [Fact]
    public void Markers_are_found_however_the_stream_is_split()
    {
        const string answer = "Refunds take five days [1]. Gift cards are out [2][1], as is cash [12].";
        foreach (int size in Enumerable.Range(1, answer.Length))
        {
            CitationMarkers markers = new(passages: 2);
            var found = answer.Chunk(size).SelectMany(piece => markers.Read(new string(piece))).ToArray();

            Assert.Equal(
                [(1, "Refunds take five days"), (2, "Gift cards are out"), (1, "Gift cards are out")],
                found.Select(one => (one.Number, one.Claim)));
        }
    }

    [Fact]
    public void An_invented_number_is_passed_over_and_a_claim_ends_at_its_paragraph()
    {
        CitationMarkers markers = new(passages: 1);

        var found = markers.Read("First paragraph.\n\nSecond says so [0][7][1].");

        Assert.Equal([new CitedClaim(1, "Second says so")], found);
    }

    [Fact]
    public void Words_in_a_row_are_verified_whatever_their_white_space_and_quoted_at_their_place()
    {
        var citation = CitationChecker.Check(new(1, "It is paid to  the CARD that was\ncharged."), Passage(Page, start: 100));

        Assert.Equal(CitationChecker.Verified, citation.Verdict);
        Assert.Equal("It is paid to the card that was charged", citation.Quote);
        Assert.Equal(citation.Quote, Page[(citation.Start - 100)..(citation.End - 100)]);
    }

    [Theory]
    [InlineData("A refund is there within five working days", CitationChecker.Verified, "A refund takes five working days.")]
    [InlineData("Refunds arrive in five business days by cheque", CitationChecker.Fuzzy, "A refund takes five working days.")]
    [InlineData("Penguins hatch in the antarctic winter", CitationChecker.Unsupported, null)]
    [InlineData("", CitationChecker.Unsupported, null)]
    public void Other_words_are_judged_by_how_many_the_passage_has(string claim, string verdict, string? quote)
    {
        var citation = CitationChecker.Check(new(1, claim), Passage(Page, start: 0));

        Assert.Equal(verdict, citation.Verdict);
        Assert.Equal(Page[citation.Start..citation.End], citation.Quote);
        if (quote is not null)
        {
            Assert.Equal(quote, citation.Quote);
        }
    }

    [Theory]
    [InlineData("退款需要五个工作日。礼品卡不退。", "礼品卡不退", "礼品卡不退")]
    [InlineData("Hyvitys maksetaan viiden päivän kuluessa 💶 kortille.", "päivän kuluessa 💶 kortille", "päivän kuluessa 💶 kortille")]
    public void Other_scripts_and_emoji_keep_exact_offsets(string page, string claim, string quote)
    {
        var citation = CitationChecker.Check(new(1, claim), Passage(page, start: 0));

        Assert.Equal((CitationChecker.Verified, quote), (citation.Verdict, citation.Quote));
        Assert.Equal(quote, page[citation.Start..citation.End]);
    }

    [Theory]
    [InlineData("How long?", "How long?")]
    [InlineData("  What is it?\nMore on it.", "What is it?")]
    [InlineData("What does the handbook say about the refund of gift cards that were bought abroad?", "What does the handbook say about the refund of gift cards…")]
    public void A_title_is_the_first_line_cut_at_a_word(string question, string title) => Assert.Equal(title, AskQuestion.Title(question));

    private static Passage Passage(string text, int start) => new(
        ChunkId.New(), DocumentId.New(), CollectionId.New(), "Handbook", "Refunds", 1, start, start + text.Length, text, 1, 1, 1);
}
