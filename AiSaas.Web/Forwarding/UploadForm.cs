using AiSaas.Contracts;

namespace AiSaas.Web.Forwarding;

/// <summary>The upload form for browsers without scripts: the files stream through to the api, the answer is the collection's page.</summary>
internal static class UploadForm
{
    public static void MapUploadForm(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/collections/{id:guid}/upload", UploadAsync);

    private static Task UploadAsync(Guid id, HttpContext context, ApiForwarder forwarder) =>
        forwarder.ForwardAsync(context, $"/api/collections/{id}/documents", async (answer, context, silence) =>
        {
            string query = answer.IsSuccessStatusCode
                ? $"added={await CountAsync(answer, silence.Token)}"
                : $"refused={(int)answer.StatusCode}";
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = $"/collections/{id}?{query}";
        });

    private static async Task<int> CountAsync(HttpResponseMessage answer, CancellationToken cancellation) =>
        (await answer.Content.ReadFromJsonAsync(ContractsJson.Default.UploadAccepted, cancellation))?.Documents.Count ?? 0;
}
