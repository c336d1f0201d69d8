using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Documents;
using AiSaas.Web.Api;
using AiSaas.Web.Security;

namespace AiSaas.Web.Chat;

/// <summary>What small forms of the chat do; each leads back to the page it came from.</summary>
internal static class ChatForms
{
    public static void MapChatForms(this IEndpointRouteBuilder routes)
    {
        var chat = routes.MapGroup("/chat/{conversation:guid}");
        chat.MapPost("/rename", RenameAsync);
        chat.MapPost("/pin", PinAsync);
        chat.MapPost("/delete", DeleteAsync);
        chat.MapPost("/stop", StopAsync);
        routes.MapPost("/chat/sample", AddSampleAsync);
    }

    private static async Task<IResult> RenameAsync(Guid conversation, HttpContext context, ApiClient api)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        return await UpdateAsync(conversation, new(Title: form["title"].ToString().Trim()), form, api, context.RequestAborted);
    }

    private static async Task<IResult> PinAsync(Guid conversation, HttpContext context, ApiClient api)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        return await UpdateAsync(conversation, new(Pinned: form["pinned"] == "true"), form, api, context.RequestAborted);
    }

    private static async Task<IResult> UpdateAsync(
        Guid conversation, UpdateConversationRequest change, IFormCollection form, ApiClient api, CancellationToken cancellation)
    {
        var answer = await api.PatchAsync<UpdateConversationRequest, Nothing>($"/api/conversations/{conversation}", change, cancellation);
        _ = answer.OrErrorPage();
        return Back(form);
    }

    private static async Task<IResult> DeleteAsync(Guid conversation, HttpContext context, ApiClient api)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var answer = await api.SendAsync<Nothing>(
            HttpMethod.Delete, $"/api/conversations/{conversation}", null, context.RequestAborted);
        _ = answer.OrErrorPage();
        bool here = form["returnUrl"].ToString().EndsWith(conversation.ToString(), StringComparison.OrdinalIgnoreCase);
        return here ? SeeOther("/chat") : Back(form);
    }

    private static async Task<IResult> StopAsync(Guid conversation, HttpContext context, ApiClient api)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (!Guid.TryParse(form["run"], out var run))
        {
            return Results.BadRequest();
        }

        var answer = await api.SendAsync<Nothing>(HttpMethod.Post, $"/api/runs/{run}/stop", null, context.RequestAborted);
        _ = answer.OrErrorPage();
        return SeeOther($"/chat/{conversation}");
    }

    private static async Task<IResult> AddSampleAsync(HttpContext context, ApiClient api)
    {
        var answer = await api.SendAsync<SampleAdded>(HttpMethod.Post, "/api/samples", null, context.RequestAborted);
        return SeeOther($"/collections/{answer.OrErrorPage().CollectionId}");
    }

    private static SeeOtherResult Back(IFormCollection form) =>
        SeeOther(form["returnUrl"].ToString() is var url && LocalUrl.IsLocal(url) ? url : "/chat");

    // 303, so that a reload asks for the page and not for the deed.
    private static SeeOtherResult SeeOther(string url) => new SeeOtherResult(url);

    private sealed class SeeOtherResult(string url) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = url;
            return Task.CompletedTask;
        }
    }
}
