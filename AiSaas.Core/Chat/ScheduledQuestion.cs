using System.Text.Json;
using System.Text.Json.Serialization;
using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Jobs.Schedules;
using AiSaas.Core.Persistence;
using AiSaas.Llm.Models;

namespace AiSaas.Core.Chat;

/// <summary>A question asked by the calendar: every Monday at nine, what has changed.</summary>
/// <remarks>Its answers gather in the conversation that the body names, or each begins one of its own.</remarks>
internal sealed class ScheduledQuestion(AskQuestion ask, ModelCatalog models) : ISchedulableKind
{
    public string Name => JobKind.Chat.Name;

    public async Task<Failure?> CheckAsync(TenantWork work, ScheduleAuthor author, JsonElement body, CancellationToken cancellation) =>
        Read(body) is not { } asked
            ? new("schedules:bad-body", "A scheduled question is {text, conversationId?, model?, collectionIds?}.")
            : asked switch
            {
                { Text: var text } when string.IsNullOrWhiteSpace(text) => new("messages:empty", "Ask something: the text is empty."),
                { Text.Length: > AskQuestion.LongestText } =>
                    new("messages:too-long", $"A question has up to {AskQuestion.LongestText:N0} characters."),
                { Text: var text } when text.Contains('\0', StringComparison.Ordinal) =>
                    new("messages:bad-text", "The text has a NUL character, which can't be stored."),
                { Model: { } model } when !models.Names.Contains(model) =>
                    new("models:unknown", $"There is no model '{model}'. Known are {string.Join(", ", models.Names)}."),
                { CollectionIds.Count: > Conversations.MostCollections } =>
                    new("conversations:too-many-collections", $"Name up to {Conversations.MostCollections} collections, or none for all."),
                _ => await MissingAsync(work, author.User, asked, cancellation),
            };

    public async Task<ScheduledSubmission> SubmitAsync(TenantWork work, ScheduledOccurrence occurrence, CancellationToken cancellation)
    {
        if (await CheckAsync(work, occurrence.Author, occurrence.Body, cancellation) is { } fault)
        {
            return new ScheduledSubmission.Refused(fault);
        }

        var asked = Read(occurrence.Body)!;
        var user = occurrence.Author.User;
        CollectionId[]? collections = asked.CollectionIds?.Select(id => new CollectionId(id)).ToArray();
        var conversation = asked.ConversationId is { } known
            ? new ConversationId(known)
            : await Conversations.CreateAsync(work, user, occurrence.Name, collections ?? [], cancellation);
        Question question = new(conversation, asked.Text.Trim(), asked.Model, collections, null);
        return await ask.HandleAsync(work, user, question, cancellation) switch
        {
            AskOutcome.Accepted accepted => new ScheduledSubmission.Submitted(accepted.Job),
            AskOutcome.Full => Refuse("conversations:full", $"The conversation holds {AskQuestion.MostMessages} messages. Let the schedule begin new ones."),
            _ => Refuse("conversations:not-found", "The conversation is gone."),
        };
    }

    private static async Task<Failure?> MissingAsync(TenantWork work, UserId user, Asked asked, CancellationToken cancellation)
    {
        if (asked.ConversationId is { } conversation && !await work.ScalarAsync<bool>(
            "select true from conversations where tenant_id = $1 and user_id = $2 and id = $3", cancellation, work.Tenant, user, conversation))
        {
            return new("conversations:not-found", "You have no such conversation.");
        }

        var wanted = asked.CollectionIds?.Distinct().ToArray() ?? [];
        return await work.ScalarAsync<long>(
            "select count(*) from collections where tenant_id = $1 and id = any ($2)", cancellation, work.Tenant, wanted) == wanted.Length
            ? null
            : new("collections:not-found", "One of the collections is gone.");
    }

    private static Asked? Read(JsonElement body)
    {
        try
        {
            return body.Deserialize(ScheduledQuestionJson.Default.Asked);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ScheduledSubmission.Refused Refuse(string code, string detail) => new(new Failure(code, detail));

    /// <summary><see cref="AskRequest"/>, with the conversation that its route names.</summary>
    internal sealed record Asked(
        [property: JsonRequired] string Text, Guid? ConversationId = null, string? Model = null, IReadOnlyList<Guid>? CollectionIds = null);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ScheduledQuestion.Asked))]
internal sealed partial class ScheduledQuestionJson : JsonSerializerContext;
