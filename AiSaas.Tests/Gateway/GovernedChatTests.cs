using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Gateway;
using AiSaas.Contracts.Usage;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Gateway;

/// <summary>The chat's own calls, which no client sends over <c>/v1</c>.</summary>
public sealed class GovernedChatTests(Product product) : IClassFixture<Product>
{
    [Fact]
    public async Task An_answer_is_in_the_ledger_with_its_conversation_and_shows_its_cost_and_a_spent_budget_says_so_in_words()
    {
        using var account = await product.RegisterAsync();
        // A price for the model that needs no provider, in dollars for a million tokens.
        using var priced = await account.Http.PutAsJsonAsync("/api/gateway/prices", new PutPricesRequest([new("local", "extractive-1", "1", "10")]));
        Assert.True(priced.IsSuccessStatusCode);
        var conversation = await account.StartConversationAsync();

        var asked = await account.AskAsync(conversation, "What is the secret ingredient?");
        var answer = await account.AnswerAsync(conversation, asked.AssistantMessageId);

        Assert.Equal("complete", answer.Status);
        var call = await Eventually.GetAsync(
            async () => (await account.Http.GetFromJsonAsync($"/api/gateway/calls?conversation={conversation}", ContractsJson.Default.PageCallSummary))!.Items is [var one] ? one : null,
            "the answer is in the ledger");
        Assert.Equal(("chat", account.UserId, "local", "extractive-1", "succeeded"), (call.Feature, call.UserId, call.Provider, call.ProviderModel, call.Status));
        Assert.Equal(call.Cost, answer.Cost);
        Assert.NotEqual("0.000000000", call.Cost);
        Assert.True(call.InputTokens > 0);

        using var capped = await account.Http.PutAsJsonAsync("/api/budgets", new PutBudgetRequest("feature:chat", 0.000000001m, "day"));
        Assert.True(capped.IsSuccessStatusCode);
        var again = await account.AskAsync(conversation, "And what else?");
        var refused = await account.AnswerAsync(conversation, again.AssistantMessageId);

        Assert.Equal(("failed", "gateway:budget-spent"), (refused.Status, refused.Error!.Code));
        Assert.Contains("'chat'", refused.Error.Detail, StringComparison.Ordinal);
    }
}
