using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Gateway.Ledger;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Wire;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Tests.Gateway;

/// <summary>A replica's governor over a real Postgres and Redis. The model <c>test/m</c> costs a dollar for a million tokens in, ten for a million out.</summary>
internal sealed class GovernorHost : IAsyncDisposable
{
    public static readonly CallTarget Target = new("test", "openai-compatible", "m");

    private readonly IHost _host;

    private GovernorHost(IHost host) => _host = host;

    public CallGovernor Governor => Get<CallGovernor>();

    public static async Task<GovernorHost> StartAsync(Stack stack, string journals, params (string Key, string? Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(stack.Settings(
        [
            ("Gateway:Ledger:JournalFolder", journals), ("Gateway:Prices:test:m:Input", "1"), ("Gateway:Prices:test:m:Output", "10"),
            ("Gateway:Limits:TenantRequestsPerMinute", "100000000"), .. settings,
        ]));
        builder.AddPersistence();
        builder.AddRedis();
        builder.AddTenancy();
        builder.AddGovernor();
        builder.Services.AddLogging();
        GovernorHost host = new(builder.Build());
        await host._host.StartAsync();
        return host;
    }

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    /// <summary>Sets a budget and tells every replica.</summary>
    public async Task CapAsync(TenantId tenant, long nanos, BudgetPeriod period = BudgetPeriod.Month, BudgetScope scope = BudgetScope.Tenant, string subject = "")
    {
        Assert.NotNull(await Get<BudgetStore>().PutAsync(tenant, scope, subject, period, nanos, BudgetAction.Block, CancellationToken.None));
        Get<TenantAccounts>().Changed(tenant);
    }

    public async Task<CallAdmission> AskAsync(TenantId tenant, long? maxOutput = 1_000, long input = 0, GatewayCaller? caller = null, CallTarget? target = null) =>
        await Governor.AdmitAsync(
            new CallIntent(
                CallId.New(), caller ?? new GatewayCaller(tenant, UserId.New(), null), WireApi.ChatCompletions, "m", [target ?? Target], input, maxOutput, 1, false),
            CancellationToken.None);

    public async Task<CallTicket> AdmitAsync(TenantId tenant, long? maxOutput = 1_000, long input = 0, GatewayCaller? caller = null, CallTarget? target = null) =>
        await AskAsync(tenant, maxOutput, input, caller, target) switch
        {
            CallAdmission.Admitted(var ticket) => ticket,
            CallAdmission.Refused refused => throw new InvalidOperationException($"{refused.Code}: {refused.Message}"),
            _ => throw new InvalidOperationException(),
        };

    public static CallOutcome Used(long output, long input = 0) =>
        new(CallStatus.Succeeded) { Target = Target, Usage = new TokenUsage(input, output), Duration = TimeSpan.FromMilliseconds(5) };

    /// <summary>Until Postgres has every row and the budgets know.</summary>
    public async Task SettledAsync()
    {
        Assert.True(await Get<LedgerWriter>().FlushAsync(CancellationToken.None));
        await Get<BudgetSettler>().FlushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }
}
