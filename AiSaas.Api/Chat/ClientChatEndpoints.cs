using System.Text.Json;
using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Api.Runs;
using AiSaas.Contracts.Chat;
using AiSaas.Core.Chat;
using AiSaas.Core.Documents;
using AiSaas.Llm.Models;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Chat;

/// <summary>The AI SDK's chat transport (<c>useChat</c>), for an unmodified client: the question's answer is the stream of its run.</summary>
/// <remarks>A client's <c>stop()</c> only closes its connection; POST <c>/api/chat/{id}/stop</c> ends the answer.</remarks>
internal static class ClientChatEndpoints
{
    private const long MostBytes = 8 * 1024 * 1024;

    public static void MapClientChats(this RouteGroupBuilder api)
    {
        var chat = api.MapGroup("/chat").WithTags("Chat");
        chat.MapPost("", Ask).AllowViewers().WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(MostBytes));
        chat.MapGet("/{id}/stream", Resume);
        chat.MapPost("/{id}/stop", Stop).AllowViewers();
    }

    private static async Task<Results<RunStreamResult, ProblemHttpResult>> Ask(
        UiChatRequest request, HttpContext http, CurrentUser caller, ClientChats chats, Conversations conversations, ModelCatalog models,
        CancellationToken cancellation)
    {
        if (Fault(request) is { } bad)
        {
            return bad;
        }

        ClientMessage[] messages = [.. request.Messages!.Where(message => message.Role is "user" or "assistant")
            .Select(message => new ClientMessage(message.Id, message.Role!, Text(message)))];
        if (MessageEndpoints.Fault(messages[^1].Text, request.Model, models) is { } fault)
        {
            return fault;
        }

        if (await CollectionFault.FindAsync(request.CollectionIds, caller, conversations, cancellation) is { } unknown)
        {
            return unknown;
        }

        ClientQuestion question = new(
            request.Id!, messages[..^1], messages[^1] with { Text = messages[^1].Text.Trim() }, Again: request.Trigger == "regenerate-message",
            request.Model, request.CollectionIds?.Select(id => new CollectionId(id)).ToArray());
        switch (await chats.AskAsync(caller.Tenant, caller.User, question, cancellation))
        {
            case AskOutcome.Accepted accepted:
                http.Response.Headers["x-aisaas-run"] = accepted.Run.ToString();
                return new RunStreamResult(caller.Tenant, accepted.Run, after: null);
            case AskOutcome.Full:
                return MessageEndpoints.Full();
            default:
                return ConversationEndpoints.NotFound();
        }
    }

    // A client asks on every start, for chats too that it has yet to begin: no such chat is as good as nothing under way.
    private static async Task<Results<RunStreamResult, NoContent>> Resume(
        string id, CurrentUser caller, ClientChats chats, CancellationToken cancellation) =>
        IsName(Unescaped(id)) && await chats.ActiveRunAsync(caller.Tenant, caller.User, Unescaped(id), cancellation) is { } run
            ? new RunStreamResult(caller.Tenant, run, after: null)
            : TypedResults.NoContent();

    private static async Task<Results<Accepted, ProblemHttpResult>> Stop(
        string id, CurrentUser caller, ClientChats chats, CancellationToken cancellation) =>
        IsName(Unescaped(id)) && await chats.StopAsync(caller.Tenant, caller.User, Unescaped(id), cancellation)
            ? TypedResults.Accepted((string?)null)
            : Problems.NotFound("chat:not-found", "There is no such chat.");

    private static ProblemHttpResult? Fault(UiChatRequest request)
    {
        if (!IsName(request.Id))
        {
            return Problems.Invalid("chat:bad-id", $"'id' names the chat in 1 to {ClientChats.LongestId} characters.");
        }

        if (request.Trigger is not (null or "submit-message" or "regenerate-message"))
        {
            return Problems.Invalid("chat:bad-trigger", "'trigger' is submit-message or regenerate-message.");
        }

        if (request.Messages is not [.., { Role: "user" } asked])
        {
            return Problems.Invalid("chat:no-question", "The last of 'messages' must be a message of the user: it is what is answered.");
        }

        // A list may hold nulls, whatever its type says.
        if (request.Messages.Any(message => message is null || (message.Id is { } name && !IsName(name)) || message.Parts?.Contains(null!) == true))
        {
            return Problems.Invalid("chat:bad-message", $"A message has an 'id' of 1 to {ClientChats.LongestId} characters, a 'role' and 'parts'.");
        }

        return asked.Parts?.Any(part => part.Type == "file") == true
            ? Problems.Invalid("chat:files-unsupported", "Files can't be sent with a question. Upload them as documents, then ask about them.")
            : null;
    }

    // A message may have several text parts; whatever else is in it is the client's own.
    private static string Text(UiMessage message) => string.Join('\n', (message.Parts ?? [])
        .Where(part => part is { Type: "text", Text.ValueKind: JsonValueKind.String })
        .Select(part => part.Text!.Value.GetString()!.Replace("\0", "", StringComparison.Ordinal)));

    private static bool IsName(string? name) => name is { Length: >= 1 and <= ClientChats.LongestId } && !name.Any(char.IsControl);

    // Routing leaves an escaped slash as it is.
    private static string Unescaped(string id) => id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
