using AiSaas.Llm.Keys;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Llm.Keys;

public sealed class RateLimitHeadersTests
{
    [Theory]
    [InlineData("1s", 1)]
    [InlineData("6m0s", 360)]
    [InlineData("1h2m3.5s", 3723.5)]
    [InlineData("17ms", 0.017)]
    [InlineData("8.64s", 8.64)]
    [InlineData("12", 12)]
    [InlineData("2026-11-21T12:00:30Z", 30)]
    [InlineData("2026-11-21T11:00:00Z", 0)]
    [InlineData("3d", 86_400)]
    public void A_reset_is_read_in_every_form(string text, double seconds) =>
        Assert.Equal(seconds, RateLimitHeaders.Reset(text, new ManualTime())!.Value.TotalSeconds, 6);

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("1x")]
    [InlineData("-5")]
    [InlineData("s")]
    [InlineData("99999999999999999999999999999999999999999999999999999999999999999999999999")]
    public void What_is_none_is_left_alone(string text) => Assert.Null(RateLimitHeaders.Reset(text, new ManualTime()));
}
