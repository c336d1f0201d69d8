using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Chat;
using AiSaas.Core.Chat;
using AiSaas.Core.Documents;
using AiSaas.Llm.Models;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Chat;

/// <summary>Asks a question: accepted with 202, answered by a worker, read from the run's stream.</summary>
internal static class MessageEndpoints
{
    public static async Task<Results<Accepted<AskAccepted>, ProblemHttpResult>> Ask(
        string id, AskRequest request, CurrentUser caller, AskQuestion ask, Conversations conversations, ModelCatalog models,
        CancellationToken cancellation)
    {
        if (!ConversationId.TryParse(id, null, out var conversation))
        {
            return ConversationEndpoints.NotFound();
        }

        if (Fault(request.Text, request.Model, models) is { } fault)
        {
            return fault;
        }

        if (await CollectionFault.FindAsync(request.CollectionIds, caller, conversations, cancellation) is { } unknown)
        {
            return unknown;
        }

        Question question = new(
            conversation, request.Text.Trim(), request.Model,
            request.CollectionIds?.Select(one => new CollectionId(one)).ToArray(),
            request.ParentId is { } parent ? new MessageId(parent) : null);
        return await ask.HandleAsync(caller.Tenant, caller.User, question, cancellation) switch
        {
            AskOutcome.Accepted accepted => TypedResults.Accepted(
                $"/api/runs/{accepted.Run}/events",
                new AskAccepted(accepted.Run.Value, accepted.Question.Value, accepted.Answer.Value)),
            AskOutcome.NoParent => Problems.NotFound("messages:not-found", "The message to continue from isn't in this conversation."),
            AskOutcome.Full => Full(),
            _ => ConversationEndpoints.NotFound(),
        };
    }

    public static ProblemHttpResult Full() =>
        Problems.Conflict("conversations:full", $"A conversation holds {AskQuestion.MostMessages} messages. Start a new one.");

    /// <summary>What is wrong with a question, if anything.</summary>
    public static ProblemHttpResult? Fault(string? text, string? named, ModelCatalog models)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Problems.Invalid("messages:empty", "Ask something: the text is empty.");
        }

        if (text.Length > AskQuestion.LongestText)
        {
            return Problems.Invalid(
                "messages:too-long", $"A question has up to {AskQuestion.LongestText:N0} characters. Upload longer text as a document.");
        }

        // Postgres stores every character but this one.
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            return Problems.Invalid("messages:bad-text", "The text has a NUL character, which can't be stored.");
        }

        return named is { } model && !models.Names.Contains(model)
            ? Problems.Invalid("models:unknown", $"There is no model '{model}'. Known are {string.Join(", ", models.Names)}.")
            : null;
    }
}
