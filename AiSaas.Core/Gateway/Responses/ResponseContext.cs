using System.Text.Json;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>What a request refers to, fetched: it goes to the model with the input, since no provider knows our responses.</summary>
/// <param name="Turns">The responses before it, oldest first.</param>
/// <param name="Items">Output items by id.</param>
public sealed record ResponseContext(IReadOnlyList<StoredTurn> Turns, IReadOnlyDictionary<string, JsonElement> Items)
{
    public static readonly ResponseContext None = new([], new Dictionary<string, JsonElement>());

    /// <param name="writer">Takes the value of <c>input</c>.</param>
    /// <param name="input">The client's own.</param>
    internal void WriteInput(Utf8JsonWriter writer, JsonElement input)
    {
        if (Turns.Count == 0 && Items.Count == 0)
        {
            ResponseRequest.Raw(writer, input);
            return;
        }

        writer.WriteStartArray();
        foreach (var turn in Turns)
        {
            using var request = ResponseRequest.Read(turn.Request);
            WriteItems(writer, request.InputItems());
            using var response = JsonDocument.Parse(turn.Response);
            if (response.RootElement.TryGetProperty("output", out var output))
            {
                WriteItems(writer, output.EnumerateArray());
            }
        }

        if (input.ValueKind == JsonValueKind.String)
        {
            ResponseRequest.WriteMessage(writer, input);
        }
        else if (input.ValueKind == JsonValueKind.Array)
        {
            WriteItems(writer, input.EnumerateArray(), isOwn: true);
        }

        writer.WriteEndArray();
    }

    private void WriteItems(Utf8JsonWriter writer, IEnumerable<JsonElement> items, bool isOwn = false)
    {
        foreach (var item in items)
        {
            if (ResponseRequest.IsReference(item))
            {
                // One that an earlier turn referred to and that is gone by now has nothing to say any more.
                if (Items.TryGetValue(item.GetProperty("id").GetString()!, out var named))
                {
                    WriteEarlier(writer, named);
                }
            }
            else if (isOwn)
            {
                ResponseRequest.Raw(writer, item);
            }
            else
            {
                WriteEarlier(writer, item);
            }
        }
    }

    // Without its id: the provider would look for it among its own. A thought without its encrypted form is worth nothing to anyone.
    private static void WriteEarlier(Utf8JsonWriter writer, JsonElement item)
    {
        string? type = item.TryGetProperty("type", out var named) ? named.GetString() : "message";
        if (type == "reasoning" && !(item.TryGetProperty("encrypted_content", out var sealedThought) && sealedThought.ValueKind == JsonValueKind.String))
        {
            return;
        }

        bool isOurs = type is "message" or "function_call" or "function_call_output" or "reasoning";
        writer.WriteStartObject();
        foreach (var member in item.EnumerateObject())
        {
            if (!isOurs || member.Name is not ("id" or "status"))
            {
                writer.WritePropertyName(member.Name);
                ResponseRequest.Raw(writer, member.Value);
            }
        }

        writer.WriteEndObject();
    }
}

/// <summary>A turn of a conversation, as kept.</summary>
public sealed record StoredTurn(ReadOnlyMemory<byte> Request, ReadOnlyMemory<byte> Response);
