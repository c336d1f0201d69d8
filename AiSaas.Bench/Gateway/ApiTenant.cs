using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Identity;
using AiSaas.Contracts.Usage;

namespace AiSaas.Bench.Gateway;

/// <summary>Somebody who registered, made a key, and is governed: by limits too high to be reached and a budget too large to be spent.</summary>
internal static class ApiTenant
{
    private static readonly string[] Scopes = ["tenant", "feature:gateway"];

    /// <returns>The key.</returns>
    public static async Task<string> RegisterAsync(Uri api, CancellationToken cancellation)
    {
        using HttpClient http = new() { BaseAddress = api, Timeout = TimeSpan.FromSeconds(30) };
        using var registered = await http.PostAsJsonAsync(
            "/api/auth/register", new RegisterRequest("bench@example.com", "a sentence nobody guesses", "Bench"),
            ContractsJson.Default.RegisterRequest, cancellation);
        registered.EnsureSuccessStatusCode();
        using var made = await http.PostAsJsonAsync(
            "/api/keys", new CreateKeyRequest("bench", BudgetUsd: 1_000_000), ContractsJson.Default.CreateKeyRequest, cancellation);
        made.EnsureSuccessStatusCode();
        foreach (string scope in Scopes)
        {
            using var budget = await http.PutAsJsonAsync(
                "/api/budgets", new PutBudgetRequest(scope, 1_000_000, "month", "block"), ContractsJson.Default.PutBudgetRequest, cancellation);
            budget.EnsureSuccessStatusCode();
        }

        return (await made.Content.ReadFromJsonAsync(ContractsJson.Default.CreatedKey, cancellation))!.Key;
    }
}
