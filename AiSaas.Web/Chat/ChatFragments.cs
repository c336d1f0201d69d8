using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Documents;
using AiSaas.Web.Api;
using AiSaas.Web.Components.Chat;
using AiSaas.Web.Components.Evidence;
using AiSaas.Web.Visitors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Web.Chat;

/// <summary>Pieces of the chat's pages for scripts, drawn by the same components as the pages: one markup for both.</summary>
internal static class ChatFragments
{
    public static void MapChatFragments(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/chat/list", DrawList);
        routes.MapGet("/chat/{conversation:guid}/messages", DrawMessagesAsync);
        routes.MapGet("/chat/{conversation:guid}/messages/{message:guid}", DrawMessageAsync);
        routes.MapGet("/evidence/{document:guid}/pages/{page:int}", DrawPageAsync);
    }

    private static RazorComponentResult<ConversationList> DrawList(string? current) =>
        new(new Dictionary<string, object?>
        {
            [nameof(ConversationList.Current)] = Guid.TryParse(current, out var chat) ? chat : null,
        });

    private static async Task<RazorComponentResult<MessageList>> DrawMessagesAsync(
        Guid conversation, ApiClient api, Visitor visitor, CancellationToken cancellation) =>
        Draw(await ReadAsync(conversation, api, visitor, cancellation), static _ => true);

    private static async Task<RazorComponentResult<MessageList>> DrawMessageAsync(
        Guid conversation, Guid message, ApiClient api, Visitor visitor, CancellationToken cancellation) =>
        Draw(await ReadAsync(conversation, api, visitor, cancellation), one => one.Id == message);

    private static async Task<RazorComponentResult<PageView>> DrawPageAsync(
        Guid document, int page, int? start, int? end, ApiClient api, CancellationToken cancellation)
    {
        var answer = await api.GetAsync<DocumentPage>($"/api/documents/{document}/pages/{page}", cancellation);
        return new(new Dictionary<string, object?>
        {
            [nameof(PageView.Page)] = answer.OrErrorPage(),
            [nameof(PageView.Start)] = start,
            [nameof(PageView.End)] = end,
        });
    }

    // What an answer offers depends on who reads it, as on the page.
    private static async Task<ConversationDetail> ReadAsync(Guid conversation, ApiClient api, Visitor visitor, CancellationToken cancellation)
    {
        var identified = visitor.IdentifyAsync(cancellation);
        var chat = await api.GetAsync<ConversationDetail>($"/api/conversations/{conversation}", cancellation);
        await identified;
        return chat.OrErrorPage();
    }

    private static RazorComponentResult<MessageList> Draw(ConversationDetail chat, Func<Message, bool> drawn) =>
        new(new Dictionary<string, object?>
        {
            [nameof(MessageList.ConversationId)] = chat.Id,
            [nameof(MessageList.Messages)] = chat.Messages.Where(drawn).ToList(),
            [nameof(MessageList.All)] = chat.Messages,
        });
}
