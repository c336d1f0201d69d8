using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiSaas.Tests.Web.FakeApi;

public sealed partial class FakeApi
{
    private sealed record FakeConversation(ConversationSummary Summary);

    private void MapConversations(RouteGroupBuilder api) =>
        api.MapGet("/conversations", (HttpContext http) => WithAccount(http, account => Results.Ok(
            new Page<ConversationSummary>([.. account.Current.Conversations.Values.Select(chat => chat.Summary)]))));
}
