using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Gateway;
using AiSaas.Contracts.Usage;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Gateway.Ledger;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Gateway;

/// <summary>Budgets, usage, prices and the ledger over HTTP, for calls that went through the api's own governor.</summary>
public sealed class MoneyEndpointTests(Product product) : IClassFixture<Product>
{
    private static readonly CallTarget Mini = new("openai", "openai", "gpt-4o-mini");

    [Fact]
    public async Task A_budget_is_set_shown_with_what_is_spent_and_reserved_kept_and_taken_back()
    {
        using var account = await product.RegisterAsync();
        using var put = await account.Http.PutAsJsonAsync("/api/budgets", new PutBudgetRequest("tenant", 0.01m, "day"));
        var budget = (await put.Content.ReadFromJsonAsync(ContractsJson.Default.BudgetInfo))!;
        Assert.Equal(("tenant", "0.010000000", "day", "block", "ok"), (budget.Scope, budget.LimitUsd, budget.Period, budget.Action, budget.State));

        // 5,000 tokens out at 0.60 for a million are 0.003.
        var first = await AdmitAsync(account, 5_000);
        var second = await AdmitAsync(account, 5_000);
        Assert.Equal(1_500_000, first.Settle(Used(2_500)));
        await SettledAsync();

        var page = (await account.Http.GetFromJsonAsync("/api/budgets", ContractsJson.Default.PageBudgetInfo))!;
        var shown = Assert.Single(page.Items);
        Assert.Equal(("0.001500000", "0.003000000", "0.005500000"), (shown.Spent, shown.Reserved, shown.Left));
        Assert.Equal(BudgetRefusal, (await AskAsync(account, 20_000) as CallAdmission.Refused)?.Code);

        second.Release();
        using var raised = await account.Http.PutAsJsonAsync("/api/budgets", new PutBudgetRequest("tenant", 0.1m, "day"));
        Assert.Equal(budget.Id, (await raised.Content.ReadFromJsonAsync(ContractsJson.Default.BudgetInfo))!.Id);
        (await AdmitAsync(account, 20_000)).Release();
        using var deleted = await account.Http.DeleteAsync($"/api/budgets/{budget.Id}");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        (await AdmitAsync(account, 1_000_000)).Release();
    }

    [Theory]
    [InlineData("planet", 1, "month", "block", "budgets:bad-scope")]
    [InlineData("tenant:x", 1, "month", "block", "budgets:bad-scope")]
    [InlineData("key:abc", 1, "month", "block", "budgets:bad-scope")]
    [InlineData("feature:", 1, "month", "block", "budgets:bad-scope")]
    [InlineData("tenant", 1, "year", "block", "budgets:bad-period")]
    [InlineData("tenant", 1, "month", "explode", "budgets:bad-action")]
    [InlineData("tenant", -1, "month", "block", "budgets:bad-limit")]
    [InlineData("tenant", null, "month", "block", "budgets:bad-limit")]
    [InlineData("key:01920000-0000-7000-8000-000000000000", 1, "month", "block", "budgets:no-key")]
    public async Task A_budget_that_means_nothing_is_refused_in_words(string scope, int? limit, string period, string action, string code)
    {
        using var account = await product.RegisterAsync();

        using var refused = await account.Http.PutAsJsonAsync("/api/budgets", new PutBudgetRequest(scope, limit, period, action));

        Assert.Equal(code, (await Account.ProblemAsync(refused)).Code);
    }

    [Fact]
    public async Task Usage_adds_up_by_every_grouping_and_the_ledger_shows_each_call()
    {
        using var account = await product.RegisterAsync();
        for (int i = 0; i < 3; i++)
        {
            (await AdmitAsync(account, 1_000, feature: i == 0 ? "search" : "chat")).Settle(Used(1_000, input: 2_000, cached: 1_000));
        }

        (await AdmitAsync(account, 1_000)).Settle(Used(1_000) with { Cache = "hit-exact" });
        await SettledAsync();

        // In: 1,000 at 0.15 and 1,000 at 0.075; out: 1,000 at 0.60 for a million.
        foreach (string group in new[] { "tenant", "user", "key", "feature", "model", "provider", "day" })
        {
            var report = (await account.Http.GetFromJsonAsync($"/api/usage?groupBy={group}", ContractsJson.Default.UsageReport))!;
            Assert.Equal((4L, 1L, 0L), (report.Total.Calls, report.Total.CacheHits, report.Total.Failed));
            Assert.Equal("0.002475000", report.Total.Cost);
            Assert.Equal("0.000825000", report.Total.Saved);
            Assert.Equal(3_000, report.Total.CachedTokens);
            Assert.Equal(report.Total.Calls, report.Rows.Sum(row => row.Calls));
            Assert.Equal(2.475m, 1_000 * report.Rows.Sum(row => decimal.Parse(row.Cost, CultureInfo.InvariantCulture)));
        }

        var features = (await account.Http.GetFromJsonAsync("/api/usage?groupBy=feature", ContractsJson.Default.UsageReport))!;
        Assert.Equal([("chat", 2L), ("search", 1L), ("gateway", 1L)], features.Rows.Select(row => (row.Group, row.Calls)));
        Assert.Equal(account.Email, (await account.Http.GetFromJsonAsync("/api/usage?groupBy=user", ContractsJson.Default.UsageReport))!.Rows.Single().Label);
        var before = (await account.Http.GetFromJsonAsync("/api/usage?from=2026-01-01&to=2026-02-01", ContractsJson.Default.UsageReport))!;
        Assert.Empty(before.Rows);

        var first = (await account.Http.GetFromJsonAsync("/api/gateway/calls?limit=3", ContractsJson.Default.PageCallSummary))!;
        var rest = (await account.Http.GetFromJsonAsync($"/api/gateway/calls?limit=3&cursor={first.Next}", ContractsJson.Default.PageCallSummary))!;
        Assert.Equal((3, 1, null), (first.Items.Count, rest.Items.Count, rest.Next));
        Assert.Equal(4, first.Items.Concat(rest.Items).DistinctBy(call => call.Id).Count());
        var search = Assert.Single((await account.Http.GetFromJsonAsync("/api/gateway/calls?feature=search", ContractsJson.Default.PageCallSummary))!.Items);
        var detail = (await account.Http.GetFromJsonAsync($"/api/gateway/calls/{search.Id}", ContractsJson.Default.CallDetail))!;
        Assert.Equal(("gpt-4o-mini", "0.000825000", "2026-11-21"), (detail.Call.ProviderModel, detail.Call.Cost, detail.PriceVersion));
        Assert.Equal("succeeded", Assert.Single(detail.Attempts).Outcome);
    }

    [Fact]
    public async Task A_workspaces_own_price_counts_for_its_calls_and_for_nobody_elses()
    {
        using var account = await product.RegisterAsync();
        using var other = await product.RegisterAsync();
        using var put = await account.Http.PutAsJsonAsync("/api/gateway/prices", new PutPricesRequest([new("openai", "gpt-4o-mini", "1", "100")]));
        var list = (await put.Content.ReadFromJsonAsync(ContractsJson.Default.PriceList))!;

        Assert.True(list.Models.Count >= 60);
        Assert.Equal("100", Assert.Single(list.Models, model => model.Origin == "workspace").Price.Output);
        Assert.Equal(100_000, (await AdmitAsync(account, 10)).Settle(Used(1)));
        Assert.Equal(600, (await AdmitAsync(other, 10)).Settle(Used(1)));

        using var deleted = await account.Http.DeleteAsync("/api/gateway/prices/openai/gpt-4o-mini");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal(600, (await AdmitAsync(account, 10)).Settle(Used(1)));
        using var bad = await account.Http.PutAsJsonAsync("/api/gateway/prices", new PutPricesRequest([new("openai", "x", "a lot", "2")]));
        Assert.Equal("gateway:bad-prices", (await Account.ProblemAsync(bad)).Code);
        var limits = (await account.Http.GetFromJsonAsync("/api/gateway/limits", ContractsJson.Default.GatewayLimits))!;
        Assert.Contains(limits.Limits, limit => limit is { Scope: "tenant", Unit: "requests", PerMinute: > 0 });
    }

    private const string BudgetRefusal = "gateway:budget-spent";

    private static CallOutcome Used(long output, long input = 0, long cached = 0) => new(CallStatus.Succeeded)
    {
        Target = Mini,
        Usage = new TokenUsage(input, output, cached),
        Attempts = [new("openai", "gpt-4o-mini", AttemptOutcome.Succeeded, null, 200, TimeSpan.FromMilliseconds(1), null)],
    };

    private async Task<CallAdmission> AskAsync(Account account, long maxOutput, string feature = "gateway") =>
        await product.Services.GetRequiredService<CallGovernor>().AdmitAsync(
            new CallIntent(
                CallId.New(), new GatewayCaller(new TenantId(account.TenantId), new UserId(account.UserId), null) { Feature = feature },
                WireApi.ChatCompletions, "gpt-4o-mini", [Mini], 0, maxOutput, 1, false),
            CancellationToken.None);

    private async Task<CallTicket> AdmitAsync(Account account, long maxOutput, string feature = "gateway") =>
        await AskAsync(account, maxOutput, feature) is CallAdmission.Admitted(var ticket) ? ticket : throw new InvalidOperationException("refused");

    private async Task SettledAsync()
    {
        Assert.True(await product.Services.GetRequiredService<LedgerWriter>().FlushAsync(CancellationToken.None));
        await product.Services.GetRequiredService<Core.Gateway.Budgets.BudgetSettler>().FlushAsync();
    }
}
