using System.Text.Json;

namespace AiSaas.Llm.Wire.Usage;

/// <summary>Reads tokens out of answers, whole or streamed, without allocating. What is missing, null or malformed counts as not given.</summary>
public static class UsageReader
{
    /// <summary>From a whole answer's body.</summary>
    /// <returns>False when the provider gave none.</returns>
    public static bool TryRead(WireApi api, ReadOnlySpan<byte> body, out TokenUsage usage)
    {
        UsageFields fields = new();
        bool found = TryRead(body, ref fields, out _) && !fields.IsEmpty;
        usage = found ? fields.ToUsage(api) : default;
        return found;
    }

    /// <param name="json">A body, or a stream event's data.</param>
    /// <param name="fields">What is found is merged into it.</param>
    /// <param name="isOpening">Whether it stood in a <c>message_start</c>: a first count, not the last.</param>
    internal static bool TryRead(ReadOnlySpan<byte> json, ref UsageFields fields, out bool isOpening)
    {
        isOpening = false;
        // Nearly every event of a stream has none; this look costs a few nanoseconds.
        if (json.IndexOf("\"usage\""u8) < 0)
        {
            return false;
        }

        Utf8JsonReader reader = new(json, WireJson.Reading);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && Read(ref reader, ref fields, ref isOpening);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool Read(ref Utf8JsonReader reader, ref UsageFields fields, ref bool isOpening)
    {
        bool found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool usage = reader.Is("usage"u8), message = reader.Is("message"u8);
            // Responses' events and Anthropic's message_start wrap the object that has the usage.
            bool wrapper = message || reader.Is("response"u8);
            reader.Read();
            if (usage && reader.TokenType == JsonTokenType.StartObject)
            {
                UsageFields read = new();
                read.Read(ref reader);
                fields.Merge(read);
                found |= !read.IsEmpty;
            }
            else if (wrapper && reader.TokenType == JsonTokenType.StartObject && reader.CurrentDepth == 1)
            {
                bool inside = Read(ref reader, ref fields, ref isOpening);
                isOpening |= inside && message;
                found |= inside;
            }
            else
            {
                reader.Skip();
            }
        }

        return found;
    }
}
