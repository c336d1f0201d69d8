using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

internal static class Members
{
    /// <summary>The member, unless it is missing or null.</summary>
    public static bool TryGet(this JsonElement parent, ReadOnlySpan<byte> name, out JsonElement value)
    {
        value = default;
        return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    public static long Number(this JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.TryGet(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : 0;

    /// <summary>Copies a member if it is there and not null.</summary>
    public static void CopyMember(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement parent, ReadOnlySpan<byte> from)
    {
        if (parent.TryGet(from, out var value))
        {
            writer.Copy(name, value);
        }
    }
}
