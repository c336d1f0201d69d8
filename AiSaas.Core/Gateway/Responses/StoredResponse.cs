using AiSaas.Core.Jobs;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>A response as it is kept.</summary>
/// <param name="Status">In the API's words.</param>
/// <param name="Request">The client's body.</param>
/// <param name="Response">The <c>response</c> object as it stands.</param>
/// <param name="Job">Who works on it, if it runs in the background.</param>
public sealed record StoredResponse(
    string Id, string Status, bool IsBackground, ReadOnlyMemory<byte> Request, ReadOnlyMemory<byte> Response, JobId? Job, DateTimeOffset CreatedAt)
{
    public bool HasEnded => Status is not ("queued" or "in_progress");
}

/// <summary>A response that has ended and is to be kept.</summary>
/// <param name="Items">The ids of its output items.</param>
public sealed record EndedResponse(string Id, string Status, string Model, ReadOnlyMemory<byte> Response, IReadOnlyList<string> Items)
{
    /// <summary>Reads it out of its own JSON.</summary>
    /// <param name="response">The <c>response</c> object.</param>
    public static EndedResponse Of(ReadOnlyMemory<byte> response)
    {
        using var document = System.Text.Json.JsonDocument.Parse(response);
        var root = document.RootElement;
        List<string> items = [];
        if (root.TryGetProperty("output", out var output) && output.ValueKind == System.Text.Json.JsonValueKind.Array)
        {
            foreach (var item in output.EnumerateArray())
            {
                if (item.TryGetProperty("id", out var id) && id.GetString() is { Length: > 0 } named)
                {
                    items.Add(named);
                }
            }
        }

        string status = Text(root, "status") is "completed" or "incomplete" or "failed" or "cancelled" ? Text(root, "status")! : "failed";
        return new(Text(root, "id") ?? "", status, Text(root, "model") ?? "", response, items);
    }

    private static string? Text(System.Text.Json.JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == System.Text.Json.JsonValueKind.String ? value.GetString() : null;
}
