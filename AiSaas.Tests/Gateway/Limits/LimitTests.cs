using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Identity;

namespace AiSaas.Tests.Gateway.Limits;

public sealed class LimitTests(GovernorFixture fixture) : IClassFixture<GovernorFixture>
{
    [Fact]
    public async Task A_minutes_worth_may_come_at_once_and_what_is_over_is_told_when_to_come_back()
    {
        await using var one = await fixture.ReplicaAsync(("Gateway:Limits:TenantRequestsPerMinute", "60"));
        await using var two = await fixture.ReplicaAsync(("Gateway:Limits:TenantRequestsPerMinute", "60"));
        var tenant = await fixture.TenantAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => (i % 2 == 0 ? one : two).AskAsync(tenant))));

        // One a second comes in addition.
        Assert.InRange(answers.OfType<CallAdmission.Admitted>().Count(), 60, 90);
        var refused = answers.OfType<CallAdmission.Refused>().First();
        Assert.Equal((Refusal.RateLimited, "gateway:rate-limited"), (refused.Reason, refused.Code));
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2));
        Assert.Equal((60, 0), (refused.Limits.RequestLimit, refused.Limits.RequestsLeft));
        Assert.InRange(refused.Limits.RequestsReset, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(61));
        Assert.Contains("60 requests a minute", refused.Message, StringComparison.Ordinal);
        Assert.IsType<CallAdmission.Admitted>(await one.AskAsync(await fixture.TenantAsync()));
    }

    [Fact]
    public async Task The_tightest_of_key_user_and_workspace_decides_and_shows_in_the_headers()
    {
        await using var one = await fixture.ReplicaAsync(
            ("Gateway:Limits:TenantRequestsPerMinute", "100"), ("Gateway:Limits:KeyRequestsPerMinute", "10"), ("Gateway:Limits:UserRequestsPerMinute", "5"));
        var tenant = await fixture.TenantAsync();
        GatewayCaller ann = new(tenant, UserId.New(), ApiKeyId.New()) { EndUser = "ann" }, bob = ann with { EndUser = "bob" };

        var first = await one.AdmitAsync(tenant, caller: ann);
        Assert.Equal((5, 4), (first.Limits.RequestLimit, first.Limits.RequestsLeft));
        for (int i = 0; i < 4; i++)
        {
            await one.AdmitAsync(tenant, caller: ann);
            await one.AdmitAsync(tenant, caller: bob);
        }

        Assert.Contains("This user", Assert.IsType<CallAdmission.Refused>(await one.AskAsync(tenant, caller: ann)).Message, StringComparison.Ordinal);
        Assert.IsType<CallAdmission.Admitted>(await one.AskAsync(tenant, caller: bob));
        Assert.Contains("This key", Assert.IsType<CallAdmission.Refused>(await one.AskAsync(tenant, caller: bob with { EndUser = "eve" })).Message, StringComparison.Ordinal);
        Assert.IsType<CallAdmission.Admitted>(await one.AskAsync(tenant, caller: ann with { Key = ApiKeyId.New(), EndUser = "eve" }));
    }

    [Fact]
    public async Task Tokens_are_charged_beforehand_by_estimate_and_put_right_by_what_was_used()
    {
        await using var one = await fixture.ReplicaAsync(("Gateway:Limits:TenantTokensPerMinute", "10000"));
        var tenant = await fixture.TenantAsync();

        var ticket = await one.AdmitAsync(tenant, maxOutput: 100, input: 6_000);
        Assert.InRange(ticket.Limits.TokensLeft, 3_890, 3_920);
        var refused = Assert.IsType<CallAdmission.Refused>(await one.AskAsync(tenant, maxOutput: 100, input: 6_000));
        Assert.Contains("10,000 tokens a minute", refused.Message, StringComparison.Ordinal);
        ticket.Settle(GovernorHost.Used(100, 1_000));
        await one.SettledAsync();

        Assert.InRange((await one.AdmitAsync(tenant, maxOutput: 100, input: 6_000)).Limits.TokensLeft, 2_780, 6_000);
    }

    [Fact]
    public async Task While_redis_is_away_each_replica_keeps_the_limits_for_itself_and_nobody_waits_long()
    {
        await using var one = await fixture.ReplicaAsync(("Gateway:Limits:TenantRequestsPerMinute", "20"));
        var tenant = await fixture.TenantAsync();
        await one.AdmitAsync(tenant);
        await fixture.Stack.RedisServer.StopAsync();
        try
        {
            long start = TimeProvider.System.GetTimestamp();
            int admitted = 0;
            for (int i = 0; i < 60; i++)
            {
                admitted += await one.AskAsync(tenant) is CallAdmission.Admitted ? 1 : 0;
            }

            var took = TimeProvider.System.GetElapsedTime(start);
            Assert.InRange(admitted, 20, 21 + (int)(took.TotalMinutes * 20) + 1);
            Assert.True(took < TimeSpan.FromSeconds(30), $"{took}");
        }
        finally
        {
            await fixture.Stack.RedisServer.RestartAsync(CancellationToken.None);
        }
    }
}
