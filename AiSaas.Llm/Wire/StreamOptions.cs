namespace AiSaas.Llm.Wire;

/// <summary>OpenAI's <c>stream_options</c> of a chat request.</summary>
internal static class StreamOptions
{
    /// <summary>Whether the client asked for the chunk with the usage.</summary>
    public static bool IncludesUsage(ReadOnlyMemory<byte> request)
    {
        // Most requests don't say it, and some are megabytes long.
        if (request.Span.IndexOf("\"include_usage\""u8) < 0)
        {
            return false;
        }

        using var document = WireJson.ParseObject(request, "The request");
        return document.RootElement.Member("stream_options"u8)?.Flag("include_usage"u8) is true;
    }
}
