using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiSaas.Tests.Web.FakeApi;

public sealed partial class FakeApi
{
    private sealed class FakeConversation
    {
        public required ConversationDetail Detail { get; set; }

        public ConversationSummary Summary => new(
            Detail.Id, Detail.Title, Detail.Pinned, Detail.Messages.Any(message => message.Status is "queued" or "streaming"),
            Detail.CollectionIds, Detail.CreatedAt, Detail.UpdatedAt);

        public void Replace(Message message) => Detail = Detail with
        {
            Messages = [.. Detail.Messages.Select(one => one.Id == message.Id ? message : one)],
        };
    }

    private void MapConversations(RouteGroupBuilder api)
    {
        api.MapGet("/conversations", (HttpContext http) => WithAccount(http, account => Results.Ok(new Page<ConversationSummary>(
            [.. account.Current.Conversations.Values.Select(chat => chat.Summary).OrderByDescending(chat => chat.UpdatedAt)]))));
        api.MapPost("/conversations", (CreateConversationRequest request, HttpContext http) => WithAccount(http, account =>
        {
            ConversationDetail detail = new(NewId(), request.Title ?? "New chat", false, request.CollectionIds ?? [], [], Now, Now);
            FakeConversation made = new() { Detail = detail };
            account.Current.Conversations.Add(detail.Id, made);
            return Results.Ok(made.Summary);
        }));
        api.MapGet("/conversations/{id:guid}", (Guid id, HttpContext http) => WithChat(http, id, (_, chat) => Results.Ok(chat.Detail)));
        api.MapPatch("/conversations/{id:guid}", (Guid id, UpdateConversationRequest request, HttpContext http) => WithChat(http, id, (_, chat) =>
        {
            chat.Detail = chat.Detail with { Title = request.Title ?? chat.Detail.Title, Pinned = request.Pinned ?? chat.Detail.Pinned, UpdatedAt = Now };
            return Results.Ok(chat.Summary);
        }));
        api.MapDelete("/conversations/{id:guid}", (Guid id, HttpContext http) => WithChat(http, id, (workspace, _) =>
        {
            workspace.Conversations.Remove(id);
            return Results.NoContent();
        }));
        api.MapPost("/conversations/{id:guid}/messages", (Guid id, AskRequest request, HttpContext http) =>
            WithChat(http, id, (workspace, chat) => Ask(workspace, chat, request)));
        api.MapGet("/suggestions", (HttpContext http) => WithAccount(http, account => Results.Ok(SuggestionsOf(account.Current))));
        api.MapPost("/samples", (HttpContext http) => WithAccount(http, account => Results.Ok(AddSample(account.Current))));
        MapRuns(api);
    }

    private IResult WithChat(HttpContext http, Guid id, Func<Workspace, FakeConversation, IResult> answer) => WithAccount(http, account =>
        account.Current.Conversations.TryGetValue(id, out var found) ? answer(account.Current, found) : NotFound("conversations"));

    private IResult Ask(Workspace workspace, FakeConversation chat, AskRequest request)
    {
        if (string.IsNullOrWhiteSpace(request.Text))
        {
            return Refused(StatusCodes.Status400BadRequest, "chat:empty", "Write a question first.");
        }

        if (request.Text.Contains("budget", StringComparison.OrdinalIgnoreCase))
        {
            return Refused(
                StatusCodes.Status429TooManyRequests, "usage:budget-spent",
                "Your workspace reached its budget for today ($5.00). An admin can raise it.");
        }

        var parent = chat.Detail.Messages is [.., var last] ? last.Id : (Guid?)null;
        Message question = new(
            NewId(), parent, "user", "complete", request.Text, [new("text", request.Text)], [], [], null, null, null, null, null, null, [], null, null, Now, Now);
        FakeRun run = new(NewId(), _time);
        Message answer = new(
            NewId(), question.Id, "assistant", "queued", "", [], [], [], run.Id, null, null, null, null, null, [], null, null, Now, null);
        chat.Detail = chat.Detail with { Messages = [.. chat.Detail.Messages, question, answer], UpdatedAt = Now };
        _runs.Add(run.Id, run);
        run.Writing = AnswerAsync(workspace, chat, question, answer, run);
        return Results.Json(new AskAccepted(run.Id, question.Id, answer.Id), statusCode: StatusCodes.Status202Accepted);
    }

    private Suggestions SuggestionsOf(Workspace workspace)
    {
        var ready = workspace.Collections.Values.SelectMany(collection => collection.Documents.Values)
            .Where(document => InfoOf(document).Status == "ready").ToList();
        string[] questions = ["How long does a refund take?", "Which kettles have a two-year warranty?", "What does express shipping cost?", "How do I descale the heating element?"];
        return new(workspace.Collections.Count, ready.Count, ready.Count > 0 ? questions : []);
    }

    private SampleAdded AddSample(Workspace workspace)
    {
        FakeCollection collection = new() { Id = NewId(), Name = "Sample", CreatedAt = Now };
        FakeDocument document = new(
            NewId(), collection.Id, "Kettle handbook.pdf", "application/pdf", FakeHandbook.Bytes.Length, FakeHandbook.Pages, FakeHandbook.Bytes, Now);
        collection.Documents.Add(document.Id, document);
        workspace.Collections.Add(collection.Id, collection);
        return new(collection.Id, document.Id, NewId());
    }
}
