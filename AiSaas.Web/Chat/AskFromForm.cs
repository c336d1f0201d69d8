using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;
using AiSaas.Web.Api;

namespace AiSaas.Web.Chat;

/// <summary>Asks what a form posted: the way without scripts.</summary>
internal sealed class AskFromForm(ApiClient api)
{
    public static async Task<AskRequest> ReadAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        List<Guid> collections = [];
        foreach (string? value in form["collectionIds"])
        {
            if (Guid.TryParse(value, out var id))
            {
                collections.Add(id);
            }
        }

        string model = form["model"].ToString();
        return new(form["text"].ToString().Trim(), model.Length > 0 ? model : null, collections);
    }

    /// <summary>The conversation that now answers, made where there was none, or why it doesn't.</summary>
    public async Task<(Guid? Conversation, Problem? Problem)> AskAsync(
        Guid? conversation, AskRequest question, CancellationToken cancellation)
    {
        if (conversation is null)
        {
            var made = await api.PostAsync<CreateConversationRequest, ConversationSummary>(
                "/api/conversations", new(CollectionIds: question.CollectionIds), cancellation);
            if (!made.Ok)
            {
                return (null, made.Problem);
            }

            conversation = made.Value.Id;
        }

        var accepted = await api.PostAsync<AskRequest, AskAccepted>(
            $"/api/conversations/{conversation}/messages", question, cancellation);
        return (conversation, accepted.Problem);
    }
}
