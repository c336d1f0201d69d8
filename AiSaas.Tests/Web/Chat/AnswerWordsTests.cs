using AiSaas.Contracts.Chat;
using AiSaas.Web.Components.Chat;

namespace AiSaas.Tests.Web.Chat;

public sealed class AnswerWordsTests
{
    [Theory]
    [InlineData("complete", true, "Answered in 1.9 s · gpt-5-mini · $0.0004")]
    [InlineData("complete", false, "No answer found in 1.9 s · gpt-5-mini · $0.0004")]
    [InlineData("stopped", null, "Stopped after 1.9 s · gpt-5-mini · $0.0004")]
    [InlineData("failed", null, "Failed after 1.9 s · gpt-5-mini · $0.0004")]
    public void The_stage_folds_into_one_true_line(string status, bool? answered, string line) =>
        Assert.Equal(line, AnswerWords.Summary(Settled(status, answered, "0.000412000", new(3, 48, 120, 1_912))));

    [Fact]
    public void What_is_not_known_is_left_out() =>
        Assert.Equal("Answered · gpt-5-mini", AnswerWords.Summary(Settled("complete", true, null, null)));

    [Theory]
    [InlineData("0.000000000", "no cost")]
    [InlineData("0.000000400", "under $0.0001")]
    [InlineData("0.004200000", "$0.0042")]
    [InlineData("1.234500000", "$1.23")]
    [InlineData("not money", "")]
    public void A_cost_has_as_many_places_as_it_needs(string usd, string words) => Assert.Equal(words, AnswerWords.Cost(usd));

    private static Message Settled(string status, bool? answered, string? cost, AnswerTimings? timings) => new(
        default, null, "assistant", status, "", [], [], [], null, "gpt-5-mini", "openai", null, cost, timings, [], answered, null,
        DateTimeOffset.UnixEpoch, null);
}
