using AiSaas.Core.Retrieval.Planning;

namespace AiSaas.Tests.Retrieval;

public sealed class FollowUpTests
{
    private const string Previous = "How long does the harbour lamp burn in summer?";

    [Theory]
    [InlineData("and in winter?")]
    [InlineData("What about winter?")]
    [InlineData("Winter?")]
    [InlineData("How much does it cost?")]
    [InlineData("und im Winter?")]
    public void A_question_that_leans_on_the_one_before_takes_its_words_along(string question)
    {
        var carried = FollowUp.Carry(question, Previous);

        Assert.NotNull(carried);
        Assert.StartsWith(question, carried[0], StringComparison.Ordinal);
        Assert.Contains("harbour lamp burn", carried[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Which documents must a new keeper sign?")]
    [InlineData("When was the lighthouse painted?")]
    public void A_question_that_stands_by_itself_is_left_alone(string question) => Assert.Null(FollowUp.Carry(question, Previous));

    [Fact]
    public void One_that_leans_and_says_enough_by_itself_is_searched_both_ways() =>
        Assert.Equal(
            ["And which documents must new keepers sign? harbour lamp", "And which documents must new keepers sign?"],
            FollowUp.Carry("And which documents must new keepers sign?", "the harbour lamp"));

    [Fact]
    public void There_is_nothing_to_carry_from_empty_talk() => Assert.Null(FollowUp.Carry("and now?", "what is it?"));
}
