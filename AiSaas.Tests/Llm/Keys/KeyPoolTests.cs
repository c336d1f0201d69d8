using System.Net;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Routing;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Llm.Keys;

public sealed class KeyPoolTests
{
    private readonly ManualTime _clock = new();

    private static ModelFailure Refusal(int status) => ModelFailure.FromStatus(status, "Incorrect API key provided.");

    private KeyPool Pool(params string[] secrets) => new("openai", ProviderKey.All("openai", secrets), _clock);

    private static void Tell(KeyPool pool, ProviderKey key, params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage response = new(HttpStatusCode.OK);
        foreach (var (name, value) in headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }

        pool.Observe(key, response.Headers);
    }

    [Fact]
    public void A_key_shows_itself_masked_and_never_its_secret()
    {
        var keys = ProviderKey.All("openai", ["sk-proj-0123456789abcdefx4f2", "sk-proj-another-one-of-itx4f2", "short", ""]);

        Assert.Equal(["openai:…x4f2", "openai:…x4f2#2", "openai:…", "openai:none"], keys.Select(key => key.Id));
        Assert.All(keys, key => Assert.Equal(key.Id, $"{key}"));
    }

    [Fact]
    public void Keys_of_which_nothing_is_known_take_turns()
    {
        var pool = Pool("a", "b", "c");

        var chosen = Enumerable.Range(0, 30).Select(_ => pool.Choose()!.Secret).CountBy(secret => secret).ToDictionary();

        Assert.Equal(new Dictionary<string, int> { ["a"] = 10, ["b"] = 10, ["c"] = 10 }, chosen);
    }

    [Fact]
    public void The_key_with_the_largest_share_left_is_chosen()
    {
        var pool = Pool("a", "b", "c");
        var (a, b, c) = (pool.Choose()!, pool.Choose()!, pool.Choose()!);
        Tell(pool, a, ("x-ratelimit-limit-requests", "100"), ("x-ratelimit-remaining-requests", "50"), ("x-ratelimit-reset-requests", "1m"));

        // Plenty of requests, but few tokens: the scarcer one counts.
        Tell(pool, b, ("anthropic-ratelimit-requests-limit", "1000"), ("anthropic-ratelimit-requests-remaining", "999"),
            ("anthropic-ratelimit-tokens-limit", "1000"), ("anthropic-ratelimit-tokens-remaining", "10"), ("anthropic-ratelimit-tokens-reset", "2026-11-21T12:01:00Z"));
        Tell(pool, c, ("X-RateLimit-Limit-Requests", "10"), ("X-RateLimit-Remaining-Requests", "9"), ("X-RateLimit-Reset-Requests", "60s"));

        var state = pool.States().Single(one => one.Id == b.Id);
        Assert.Equal((999, 1000, 10, 1000), (state.RequestsLeft, state.RequestLimit, state.TokensLeft, state.TokenLimit));
        Assert.Equal(c, pool.Choose());
        Assert.Equal(a, pool.Choose([c]));
        Assert.Equal(b, pool.Choose([c, a]));
        Assert.Null(pool.Choose([c, a, b]));
    }

    [Fact]
    public void A_limit_fills_up_again_until_its_reset()
    {
        var pool = Pool("a", "b");
        var a = pool.Choose()!;
        var b = pool.Choose([a])!;
        Tell(pool, a, ("x-ratelimit-limit-requests", "100"), ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "10s"));
        Tell(pool, b, ("x-ratelimit-limit-requests", "100"), ("x-ratelimit-remaining-requests", "40"), ("x-ratelimit-reset-requests", "1000s"));

        Assert.Equal(b, pool.Choose());
        _clock.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal(a, pool.Choose());
    }

    [Fact]
    public void A_burst_before_the_first_answer_is_shared_out()
    {
        var pool = Pool("a", "b");
        var a = pool.Choose()!;
        var b = pool.Choose([a])!;
        Tell(pool, a, ("x-ratelimit-limit-requests", "100"), ("x-ratelimit-remaining-requests", "100"), ("x-ratelimit-reset-requests", "60s"));
        Tell(pool, b, ("x-ratelimit-limit-requests", "100"), ("x-ratelimit-remaining-requests", "60"), ("x-ratelimit-reset-requests", "60s"));

        var chosen = Enumerable.Range(0, 100).Select(_ => pool.Choose()!.Secret).CountBy(secret => secret).ToDictionary();

        Assert.InRange(chosen["a"], 60, 80);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    public void A_refused_key_rests_with_its_reason_and_is_tried_by_one_call_when_it_is_back(int status)
    {
        var pool = Pool("a", "b");
        var a = pool.Choose()!;
        pool.Failed(a, Refusal(status));

        Assert.All(Enumerable.Range(0, 5), _ => Assert.Equal("b", pool.Choose()?.Secret));
        var state = pool.States().Single(one => one.Id == a.Id);
        Assert.Equal((KeyCondition.Disabled, $"{status}: Incorrect API key provided.", _clock.GetUtcNow().AddSeconds(60)), (state.Condition, state.Reason, state.Until));

        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("a", pool.Choose()?.Secret);
        Assert.All(Enumerable.Range(0, 5), _ => Assert.Equal("b", pool.Choose()?.Secret));

        pool.Succeeded(a);
        Assert.Equal(2, Enumerable.Range(0, 4).Select(_ => pool.Choose()!.Secret).Distinct().Count());
        Assert.Equal(KeyCondition.Ready, pool.States()[0].Condition);
    }

    [Fact]
    public void Each_refusal_in_a_row_doubles_the_rest_up_to_ten_minutes()
    {
        var pool = Pool("a");
        var a = pool.Choose()!;
        List<double> waits = [];
        for (int i = 0; i < 6; i++)
        {
            pool.Failed(a, Refusal(401));

            // Calls that ran side by side: one strike.
            pool.Failed(a, Refusal(401));
            pool.Failed(a, Refusal(401));
            waits.Add(pool.NextIn()!.Value.TotalSeconds);
            Assert.Null(pool.Choose());
            _clock.Advance(pool.NextIn()!.Value);
            Assert.Null(pool.NextIn());
            Assert.Equal(a, pool.Choose());
        }

        Assert.Equal([60, 120, 240, 480, 600, 600], waits);
        pool.Succeeded(a);
        pool.Failed(a, Refusal(401));
        Assert.Equal(60, pool.NextIn()!.Value.TotalSeconds);
    }

    [Fact]
    public void A_late_success_of_an_older_call_does_not_put_a_refused_key_back()
    {
        var pool = Pool("a");
        var a = pool.Choose()!;
        pool.Failed(a, Refusal(401));
        pool.Succeeded(a);

        Assert.Null(pool.Choose());
    }

    [Fact]
    public void A_trial_that_ends_without_a_word_is_followed_by_another()
    {
        var pool = Pool("a");
        pool.Failed(pool.Choose()!, Refusal(401));
        _clock.Advance(TimeSpan.FromSeconds(60));

        Assert.NotNull(pool.Choose());
        Assert.Null(pool.Choose());
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.NotNull(pool.Choose());
    }

    [Theory]
    [InlineData(30d, null, 30d)]
    [InlineData(null, "20s", 20d)]
    [InlineData(null, null, 15d)]
    [InlineData(7200d, null, 600d)]
    public void A_limited_key_cools_as_long_as_the_provider_asks(double? retryAfter, string? reset, double expected)
    {
        var pool = Pool("a");
        var a = pool.Choose()!;
        if (reset is not null)
        {
            Tell(pool, a, ("x-ratelimit-limit-tokens", "1000"), ("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", reset));
        }

        pool.Failed(a, ModelFailure.FromStatus(429, "Rate limit reached", retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null));

        Assert.Null(pool.Choose());
        Assert.Equal((KeyCondition.Cooling, "429: Rate limit reached"), (pool.States()[0].Condition, pool.States()[0].Reason));
        Assert.Equal(expected, pool.NextIn()!.Value.TotalSeconds);
        _clock.Advance(TimeSpan.FromSeconds(expected));
        Assert.Equal(a, pool.Choose());
        Assert.Equal(KeyCondition.Ready, pool.States()[0].Condition);
    }

    [Fact]
    public void A_429_that_means_an_unpaid_account_is_a_refusal()
    {
        var pool = Pool("a");
        pool.Failed(pool.Choose()!, ModelFailure.FromStatus(429, "You exceeded your current quota. insufficient_quota"));

        Assert.Equal(KeyCondition.Disabled, pool.States()[0].Condition);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    [InlineData(500)]
    [InlineData(503)]
    public void Other_failures_are_not_the_key_s(int status)
    {
        var pool = Pool("a");
        pool.Failed(pool.Choose()!, ModelFailure.FromStatus(status, "no"));

        Assert.NotNull(pool.Choose());
    }

    [Fact]
    public void A_reason_never_holds_the_secret()
    {
        var pool = Pool("sk-very-secret-key-1234");
        pool.Failed(pool.Choose()!, ModelFailure.FromStatus(401, "Incorrect API key provided: sk-very-secret-key-1234."));

        Assert.Equal("401: Incorrect API key provided: [key].", pool.States()[0].Reason);
    }

    [Fact]
    public void An_operator_puts_a_key_back_and_every_change_is_told()
    {
        List<(string Key, KeyCondition Condition)> changes = [];
        KeyPool pool = new("openai", ProviderKey.All("openai", ["a", "b"]), _clock) { Changed = (key, state) => changes.Add((key.Secret, state.Condition)) };
        var a = pool.Choose([pool.Choose()!])!;
        pool.Failed(a, Refusal(401));

        Assert.True(pool.Enable(a.Id));
        Assert.False(pool.Enable(a.Id));
        Assert.Equal([(a.Secret, KeyCondition.Disabled), (a.Secret, KeyCondition.Ready)], changes);
    }

    [Fact]
    public async Task Many_calls_at_once_share_a_pool_and_leave_it_whole()
    {
        KeyPool pool = new("openai", ProviderKey.All("openai", ["good", "bad", "limited"]), TimeProvider.System);

        await Parallel.ForAsync(0, 20_000, TestContext.Current.CancellationToken, (i, _) =>
        {
            if (pool.Choose() is { } key)
            {
                Tell(pool, key, ("x-ratelimit-limit-requests", "100"), ("x-ratelimit-remaining-requests", $"{i % 100}"), ("x-ratelimit-reset-requests", "1s"));
                switch (key.Secret)
                {
                    case "bad": pool.Failed(key, Refusal(401)); break;
                    case "limited": pool.Failed(key, ModelFailure.FromStatus(429, "slow", TimeSpan.FromSeconds(30))); break;
                    default: pool.Succeeded(key); break;
                }
            }

            return ValueTask.CompletedTask;
        });

        Assert.Equal("good", pool.Choose()?.Secret);
        Assert.InRange(pool.States().Single(state => state.Condition == KeyCondition.Disabled).Until!.Value - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(60));
    }
}
