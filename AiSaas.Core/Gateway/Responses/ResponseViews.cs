using System.Buffers;
using System.Text.Json;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>What the API shows of kept responses.</summary>
public static class ResponseViews
{
    /// <summary>The <c>response</c> object as it stands now.</summary>
    public static ReadOnlyMemory<byte> Current(this StoredResponse stored)
    {
        ArgumentNullException.ThrowIfNull(stored);

        // While a worker is at it, the row still holds what was queued.
        return stored.Status == "in_progress" ? ResponseEnds.Ended(stored.Response, stored.Status) : stored.Response;
    }

    public static ReadOnlyMemory<byte> Deleted(string id) => Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, id);
        writer.WriteString("object"u8, "response"u8);
        writer.WriteBoolean("deleted"u8, true);
        writer.WriteEndObject();
    });

    /// <summary>A page of the input's items. Those without an id of their own have one made of the response's and their place.</summary>
    public static ReadOnlyMemory<byte> InputItems(StoredResponse stored, int limit, bool ascending, string? after)
    {
        ArgumentNullException.ThrowIfNull(stored);
        using var request = ResponseRequest.Read(stored.Request);
        List<(string Id, JsonElement Item)> all = [.. request.InputItems().Select((item, place) => (IdOf(item, stored.Id, place), item))];
        if (!ascending)
        {
            all.Reverse();
        }

        int from = string.IsNullOrEmpty(after) ? 0 : all.FindIndex(one => one.Id == after) + 1;
        var page = all.Skip(from).Take(limit).ToList();
        return Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("object"u8, "list"u8);
            writer.WriteStartArray("data"u8);
            foreach (var (id, item) in page)
            {
                Write(writer, id, item);
            }

            writer.WriteEndArray();
            writer.WriteString("first_id"u8, page.Count > 0 ? page[0].Id : null);
            writer.WriteString("last_id"u8, page.Count > 0 ? page[^1].Id : null);
            writer.WriteBoolean("has_more"u8, from + page.Count < all.Count);
            writer.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter writer, string id, JsonElement item)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, id);
        if (!item.TryGetProperty("type", out _))
        {
            writer.WriteString("type"u8, "message"u8);
        }

        if (!item.TryGetProperty("status", out _))
        {
            writer.WriteString("status"u8, "completed"u8);
        }

        foreach (var member in item.EnumerateObject())
        {
            if (member.Name == "content" && member.Value.ValueKind == JsonValueKind.String)
            {
                WriteContent(writer, item, member.Value);
            }
            else if (member.Name != "id")
            {
                writer.WritePropertyName(member.Name);
                ResponseRequest.Raw(writer, member.Value);
            }
        }

        writer.WriteEndObject();
    }

    // A text is short for one part; the API lists parts.
    private static void WriteContent(Utf8JsonWriter writer, JsonElement item, JsonElement text)
    {
        bool said = item.TryGetProperty("role", out var role) && role.ValueEquals("assistant"u8);
        writer.WriteStartArray("content"u8);
        writer.WriteStartObject();
        writer.WriteString("type"u8, said ? "output_text"u8 : "input_text"u8);
        writer.WritePropertyName("text"u8);
        ResponseRequest.Raw(writer, text);
        if (said)
        {
            writer.WriteStartArray("annotations"u8);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private static string IdOf(JsonElement item, string response, int place) =>
        item.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 } own
            ? own
            : $"item_{response[(response.IndexOf('_', StringComparison.Ordinal) + 1)..]}_{place}";

    private static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> output = new();
        using Utf8JsonWriter writer = new(output, ResponseRequest.Writing);
        write(writer);
        writer.Flush();
        return output.WrittenMemory;
    }
}
