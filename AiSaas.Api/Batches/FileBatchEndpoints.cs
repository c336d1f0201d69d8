using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AiSaas.Api.Gateway;
using AiSaas.Core.Batches;
using AiSaas.Core.Gateway;
using AiSaas.Core.Jobs;

namespace AiSaas.Api.Batches;

/// <summary>OpenAI's <c>/v1/batches</c>: a file becomes a batch like any other, under <c>/api/jobs</c> too.</summary>
internal static partial class FileBatchEndpoints
{
    private const int MostMetadata = 16;

    public static void MapFileBatches(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/batches", context => GatewayRoute.WithAsync(context, CreateAsync)).WithTags("Gateway");
        app.MapGet("/v1/batches", context => GatewayRoute.WithAsync(context, ListAsync)).WithTags("Gateway");
        app.MapGet("/v1/batches/{id}", context => GatewayRoute.WithAsync(context, ReadAsync)).WithTags("Gateway");
        app.MapPost("/v1/batches/{id}/cancel", context => GatewayRoute.WithAsync(context, CancelAsync)).WithTags("Gateway");
    }

    private static async Task<GatewayError?> CreateAsync(HttpContext context, GatewayCaller caller)
    {
        using var body = await RequestBody.ReadAsync(context);
        if (body is null)
        {
            return RequestBody.TooLarge;
        }

        BatchWish? wish;
        try
        {
            wish = BatchWish.Read(body.Bytes);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return new(400, "invalid_request", "The request is no valid JSON object.");
        }

        if (wish.Fault() is { } wrong)
        {
            return wrong;
        }

        if (!WireIds.TryParse(wish.InputFile, out BatchFileId input))
        {
            return new(404, "file_not_found", $"There is no file '{GatewayRoute.Short(wish.InputFile!)}'.", "input_file_id");
        }

        var (made, refusal) = await context.RequestServices.GetRequiredService<FileBatches>().CreateAsync(
            caller, input, wish.Endpoint!, wish.Window!, wish.Within!.Value, wish.Metadata, context.RequestAborted);
        if (made is not null)
        {
            await GatewayRoute.WriteAsync(context, BatchFileViews.Of(made));
        }

        return refusal;
    }

    private static async Task<GatewayError?> ListAsync(HttpContext context, GatewayCaller caller)
    {
        JobId after = default;
        if (!GatewayRoute.TryReadLimit(context, ordinarily: 20, most: 100, out int limit))
        {
            return new(400, "invalid_request", "'limit' is 1 to 100.", "limit");
        }

        if (context.Request.Query["after"].ToString() is { Length: > 0 } cursor && !WireIds.TryParse(cursor, out after))
        {
            return new(400, "invalid_request", "'after' is the id of a batch.", "after");
        }

        var found = await context.RequestServices.GetRequiredService<FileBatches>()
            .ListAsync(caller.Tenant, after == default ? null : after, limit, context.RequestAborted);
        await GatewayRoute.WriteAsync(context, BatchFileViews.Page(found, limit));
        return null;
    }

    private static Task<GatewayError?> ReadAsync(HttpContext context, GatewayCaller caller) =>
        ShowAsync(context, (batches, id) => batches.FindAsync(caller.Tenant, id, context.RequestAborted));

    private static Task<GatewayError?> CancelAsync(HttpContext context, GatewayCaller caller) =>
        ShowAsync(context, (batches, id) => batches.CancelAsync(caller.Tenant, id, context.RequestAborted));

    private static async Task<GatewayError?> ShowAsync(HttpContext context, Func<FileBatches, JobId, Task<FileBatch?>> findAsync)
    {
        string asked = context.Request.RouteValues["id"]?.ToString() ?? "";
        if (!WireIds.TryParse(asked, out JobId id) || await findAsync(context.RequestServices.GetRequiredService<FileBatches>(), id) is not { } found)
        {
            return new(404, "batch_not_found", $"No batch found with id '{GatewayRoute.Short(asked)}'.", "id");
        }

        await GatewayRoute.WriteAsync(context, BatchFileViews.Of(found));
        return null;
    }

    /// <summary>What is asked for.</summary>
    private sealed partial record BatchWish(string? InputFile, string? Endpoint, string? Window, string? Metadata, bool IsMetadataFine)
    {
        public TimeSpan? Within => Window is not null && Hours().Match(Window) is { Success: true } match
            && int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) is >= 1 and <= 168 and var hours
            ? TimeSpan.FromHours(hours)
            : null;

        public static BatchWish Read(ReadOnlyMemory<byte> body)
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            string? metadata = root.TryGetProperty("metadata", out var sent) && sent.ValueKind != JsonValueKind.Null ? sent.GetRawText() : null;
            return new(Text(root, "input_file_id"), Text(root, "endpoint"), Text(root, "completion_window"), metadata, metadata is null || IsFine(sent));
        }

        public GatewayError? Fault() => this switch
        {
            { InputFile: null or "" } => Missing("input_file_id"),
            { Endpoint: null or "" } => Missing("endpoint"),
            { Window: null or "" } => Missing("completion_window"),
            _ when !BatchUrls.IsKnown(Endpoint) => new(400, "invalid_request", $"'endpoint' is one of {BatchUrls.Known}.", "endpoint"),
            { Within: null } => new(400, "invalid_request", "'completion_window' is 24h, or another number of hours up to 168h.", "completion_window"),
            { IsMetadataFine: false } => new(
                400, "invalid_request", $"'metadata' has at most {MostMetadata} members: names of up to 64, texts of up to 512 characters.", "metadata"),
            _ => null,
        };

        private static GatewayError Missing(string name) => new(400, "invalid_request", $"'{name}' is missing.", name);

        private static string? Text(JsonElement root, string name) =>
            root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        // Postgres keeps it as jsonb, which has no NUL.
        private static bool IsFine(JsonElement metadata) => metadata.ValueKind == JsonValueKind.Object
            && metadata.GetPropertyCount() <= MostMetadata
            && metadata.EnumerateObject().All(one => one.Name.Length <= 64 && one.Value.ValueKind == JsonValueKind.String
                && one.Value.GetString() is { Length: <= 512 } text && !text.Contains('\0', StringComparison.Ordinal) && !one.Name.Contains('\0', StringComparison.Ordinal));

        [GeneratedRegex("^([0-9]{1,3})h$")]
        private static partial Regex Hours();
    }
}
