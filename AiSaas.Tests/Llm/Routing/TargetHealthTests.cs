using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Llm.Routing;

public sealed class TargetHealthTests
{
    private static readonly ModelFailure Broken = new(ModelErrorClass.ServerError, 500, "Broken.");

    private readonly ManualTime _time = new();

    private TargetHealth Health(BreakerOptions? options = null) =>
        new("one", "m1", options ?? new() { MinimumCalls = 4, FailureRatio = 0.5, WindowSeconds = 10, OpenSeconds = 5 }, _time);

    [Fact]
    public void Opens_when_half_of_enough_calls_failed_and_lets_one_probe_through_after_the_pause()
    {
        var health = Health();
        health.Succeeded(null, TimeSpan.FromMilliseconds(10));
        health.Succeeded(null, TimeSpan.FromMilliseconds(10));
        health.Failed(Broken);
        Assert.True(health.TryEnter(out _));

        health.Failed(Broken);

        Assert.False(health.TryEnter(out var wait));
        Assert.Equal(TimeSpan.FromSeconds(5), wait);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(health.TryEnter(out _), "the probe");
        Assert.False(health.TryEnter(out _), "beside the probe");
    }

    [Fact]
    public void A_probe_that_succeeds_closes_and_one_that_fails_doubles_the_pause()
    {
        var health = Health();
        for (int i = 0; i < 4; i++)
        {
            health.Failed(Broken);
        }

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(health.TryEnter(out _));
        health.Failed(Broken);
        Assert.False(health.TryEnter(out var wait));
        Assert.Equal(TimeSpan.FromSeconds(10), wait);

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(health.TryEnter(out _));
        health.Succeeded(TimeSpan.FromMilliseconds(1), null);

        Assert.True(health.TryEnter(out _));
        Assert.True(health.TryEnter(out _));
        Assert.Null(health.LastFailure);
    }

    [Fact]
    public void A_probe_whose_caller_left_hands_the_probe_to_the_next_caller()
    {
        var health = Health();
        for (int i = 0; i < 4; i++)
        {
            health.Failed(Broken);
        }

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(health.TryEnter(out _));
        health.Abandoned();

        Assert.True(health.TryEnter(out _));
    }

    [Theory]
    [InlineData(ModelErrorClass.KeyRefused)]
    [InlineData(ModelErrorClass.RateLimited)]
    [InlineData(ModelErrorClass.BadRequest)]
    [InlineData(ModelErrorClass.ContextTooLong)]
    [InlineData(ModelErrorClass.ContentRefused)]
    [InlineData(ModelErrorClass.Unsupported)]
    public void What_is_not_the_targets_fault_does_not_count(ModelErrorClass error)
    {
        var health = Health();
        for (int i = 0; i < 20; i++)
        {
            health.Failed(new(error, 400, "Not its fault."));
        }

        Assert.True(health.TryEnter(out _));
    }

    [Fact]
    public void Old_failures_are_forgotten()
    {
        var health = Health();
        health.Failed(Broken);
        health.Failed(Broken);
        health.Failed(Broken);
        _time.Advance(TimeSpan.FromSeconds(11));

        health.Failed(Broken);

        Assert.True(health.TryEnter(out _));
    }

    [Fact]
    public void Rests_as_long_as_the_provider_asks()
    {
        var health = Health();
        health.Failed(Broken with { Status = 503, RetryAfter = TimeSpan.FromSeconds(42) });

        Assert.False(health.TryEnter(out var wait));
        Assert.Equal(TimeSpan.FromSeconds(42), wait);
        Assert.Equal(TargetState.Cooling, health.Snapshot().State);
        _time.Advance(TimeSpan.FromSeconds(42));
        Assert.True(health.TryEnter(out _));
    }

    [Fact]
    public void Its_latency_comes_to_rest_near_the_median_and_is_forgotten_in_silence()
    {
        var health = Health();
        for (int i = 0; i < 200; i++)
        {
            health.Succeeded(TimeSpan.FromMilliseconds(i % 10 == 0 ? 5_000 : 100), null);
        }

        Assert.InRange(health.FirstToken!.Value.TotalMilliseconds, 80, 140);
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.Null(health.FirstToken);
    }

    [Fact]
    public void A_retry_budget_runs_dry_and_fills_with_time_and_calls()
    {
        RetryBudget budget = new(new() { Ratio = 0.5, MinimumPerSecond = 1 }, _time);
        int taken = 0;
        while (budget.TryTake())
        {
            taken++;
        }

        Assert.Equal(10, taken);
        budget.CallBegins();
        Assert.False(budget.TryTake());
        budget.CallBegins();
        Assert.True(budget.TryTake());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(budget.TryTake());
    }
}
