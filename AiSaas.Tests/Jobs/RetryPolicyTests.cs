using AiSaas.Core.Jobs;
using AiSaas.Ingestion.Worker;

namespace AiSaas.Tests.Jobs;

public sealed class RetryPolicyTests
{
    [Theory]
    [InlineData(ErrorClass.Transient, 1, 0.25, 0.5)]
    [InlineData(ErrorClass.Transient, 3, 1, 2)]
    [InlineData(ErrorClass.Transient, 50, 15, 30)]
    [InlineData(ErrorClass.RateLimited, 1, 2.5, 5)]
    [InlineData(ErrorClass.Unavailable, 2, 2, 4)]
    [InlineData(ErrorClass.Unexpected, 99, 30, 60)]
    public void A_pause_doubles_up_to_its_class_limit_and_is_half_random(ErrorClass error, int attempt, double least, double most)
    {
        Assert.Equal(least, RetryPolicy.Pause(error, attempt, null, spread: 0).TotalSeconds, 6);
        Assert.Equal(most, RetryPolicy.Pause(error, attempt, null, spread: 1).TotalSeconds, 6);
    }

    [Fact]
    public void What_the_other_side_asked_for_is_never_undercut()
    {
        Assert.Equal(TimeSpan.FromMinutes(9), RetryPolicy.Pause(ErrorClass.RateLimited, 1, TimeSpan.FromMinutes(9), spread: 0.5));
        Assert.Equal(TimeSpan.FromSeconds(5), RetryPolicy.Pause(ErrorClass.RateLimited, 1, TimeSpan.FromSeconds(1), spread: 1));
    }
}
