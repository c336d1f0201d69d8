using AiSaas.Api.Common;
using AiSaas.Api.Gateway;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Usage;
using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Usage;

/// <summary>Caps on spending, for admins.</summary>
internal static class BudgetEndpoints
{
    private const decimal NanosPerDollar = 1_000_000_000m;

    private const decimal MostDollars = 1_000_000_000m;

    public static void MapBudgets(this RouteGroupBuilder api)
    {
        var budgets = api.MapGroup("/budgets").WithTags("Usage").RequireAdmin();
        budgets.MapPut("", Put);
        budgets.MapGet("", List);
        budgets.MapDelete("/{id}", Delete);
    }

    private static async Task<Results<Ok<BudgetInfo>, ProblemHttpResult>> Put(
        PutBudgetRequest request, CurrentUser caller, BudgetDesk desk, ApiKeys keys, CancellationToken cancellation)
    {
        if (Scope(request.Scope) is not var (scope, subject))
        {
            return Problems.Invalid("budgets:bad-scope", "scope is tenant, key:{id}, user:{id or label} or feature:{name}, up to 200 characters.");
        }

        if (BudgetNames.Period(request.Period ?? "month") is not { } period)
        {
            return Problems.Invalid("budgets:bad-period", "period is day, week, month or total.");
        }

        if (BudgetNames.Action(request.Action ?? "block") is not { } action)
        {
            return Problems.Invalid("budgets:bad-action", "action is block or warn.");
        }

        if (request.LimitUsd is not (>= 0 and <= MostDollars) || decimal.Truncate(request.LimitUsd.Value * NanosPerDollar) != request.LimitUsd.Value * NanosPerDollar)
        {
            return Problems.Invalid("budgets:bad-limit", "limitUsd is between 0 and 1,000,000,000 dollars, with up to nine decimals.");
        }

        if (scope == BudgetScope.Key && !(await keys.ListAsync(caller.Tenant, owner: null, cancellation)).Any(key => key.Id.ToString() == subject))
        {
            return Problems.NotFound("budgets:no-key", "There is no such key.");
        }

        return await desk.PutAsync(caller.Tenant, scope, subject, period, (long)(request.LimitUsd.Value * NanosPerDollar), action, cancellation) is { } put
            ? TypedResults.Ok(put)
            : Problems.Conflict("budgets:too-many", $"This workspace has {BudgetStore.MostPerTenant} budgets. Delete some that aren't needed.");
    }

    private static async Task<Ok<Page<BudgetInfo>>> List(CurrentUser caller, BudgetDesk desk, CancellationToken cancellation) =>
        TypedResults.Ok(new Page<BudgetInfo>(await desk.ListAsync(caller.Tenant, cancellation)));

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, BudgetDesk desk, CancellationToken cancellation) =>
        BudgetId.TryParse(id, null, out var budget) && await desk.DeleteAsync(caller.Tenant, budget, cancellation)
            ? TypedResults.NoContent()
            : Problems.NotFound("budgets:not-found", "There is no such budget.");

    private static (BudgetScope Scope, string Subject)? Scope(string? text)
    {
        string[] parts = (text ?? "").Split(':', 2);
        return (BudgetNames.Scope(parts[0]), parts is [_, var subject] ? subject.Trim() : "") switch
        {
            (BudgetScope.Tenant, "") => (BudgetScope.Tenant, ""),
            (BudgetScope.Key, var key) when Guid.TryParse(key, out var id) => (BudgetScope.Key, id.ToString("D")),
            ({ } scope and not (BudgetScope.Tenant or BudgetScope.Key), { Length: > 0 and <= 200 } name) => (scope, name),
            _ => null,
        };
    }
}
