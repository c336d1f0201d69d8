using System.Text.Json;

namespace AiSaas.Llm.Wire.Usage;

/// <summary>The numbers of one <c>usage</c> object, as they stand there; -1 where a number is missing.</summary>
internal struct UsageFields()
{
    public long Input = -1, Output = -1, Total = -1, Cached = -1, CacheRead = -1, CacheWrite = -1, WriteShort = -1, WriteLong = -1, Reasoning = -1;

    public readonly bool IsEmpty => Input < 0 && Output < 0 && Total < 0;

    /// <summary>Counts in a stream only grow, so of two reports the larger number is the later.</summary>
    public void Merge(in UsageFields later)
    {
        Input = Math.Max(Input, later.Input);
        Output = Math.Max(Output, later.Output);
        Total = Math.Max(Total, later.Total);
        Cached = Math.Max(Cached, later.Cached);
        CacheRead = Math.Max(CacheRead, later.CacheRead);
        CacheWrite = Math.Max(CacheWrite, later.CacheWrite);
        WriteShort = Math.Max(WriteShort, later.WriteShort);
        WriteLong = Math.Max(WriteLong, later.WriteLong);
        Reasoning = Math.Max(Reasoning, later.Reasoning);
    }

    public readonly TokenUsage ToUsage(WireApi api)
    {
        long input = Or0(Input), output = Or0(Output), cached = Math.Max(Or0(Cached), Or0(CacheRead));
        long writeLong = Or0(WriteLong), write = Math.Max(Or0(CacheWrite), Or0(WriteShort) + writeLong);
        if (api == WireApi.Messages)
        {
            // Anthropic counts what was cached and what was written apart from the input.
            input += cached + write;
        }
        else if (api == WireApi.ChatCompletions && Total > input + output)
        {
            // Some compatible servers (Gemini's, xAI's) leave thoughts out of the completion but bill them in the total.
            output = Total - input;
        }

        return new(input, output, Math.Min(cached, input), Math.Min(write, input), Math.Min(Or0(Reasoning), output)) { CacheWriteLong = Math.Min(writeLong, write) };
    }

    /// <param name="reader">At the object's start; on return at its end.</param>
    public void Read(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Either(ref reader, "prompt_tokens"u8, "input_tokens"u8))
            {
                Number(ref reader, ref Input);
            }
            else if (Either(ref reader, "completion_tokens"u8, "output_tokens"u8))
            {
                Number(ref reader, ref Output);
            }
            else if (reader.Is("total_tokens"u8))
            {
                Number(ref reader, ref Total);
            }
            else if (Either(ref reader, "cached_tokens"u8, "prompt_cache_hit_tokens"u8))
            {
                Number(ref reader, ref Cached);
            }
            else if (reader.Is("cache_read_input_tokens"u8))
            {
                Number(ref reader, ref CacheRead);
            }
            else if (Either(ref reader, "cache_creation_input_tokens"u8, "cache_write_tokens"u8))
            {
                Number(ref reader, ref CacheWrite);
            }
            else if (reader.Is("ephemeral_5m_input_tokens"u8))
            {
                Number(ref reader, ref WriteShort);
            }
            else if (reader.Is("ephemeral_1h_input_tokens"u8))
            {
                Number(ref reader, ref WriteLong);
            }
            else if (Either(ref reader, "reasoning_tokens"u8, "thinking_tokens"u8))
            {
                Number(ref reader, ref Reasoning);
            }
            else if (IsDetails(ref reader))
            {
                // The names inside are unlike those outside, so one reader serves both.
                if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                {
                    Read(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static bool IsDetails(ref Utf8JsonReader reader) =>
        Either(ref reader, "prompt_tokens_details"u8, "input_tokens_details"u8)
        || Either(ref reader, "completion_tokens_details"u8, "output_tokens_details"u8)
        || reader.Is("cache_creation"u8);

    private static bool Either(ref Utf8JsonReader reader, ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        reader.Is(one) || reader.Is(other);

    private static void Number(ref Utf8JsonReader reader, ref long number)
    {
        if (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            number = reader.TryGetInt64(out long whole) ? Math.Max(0, whole)
                : reader.TryGetDouble(out double real) && real is >= 0 and < 1e15 ? (long)real
                : number;
        }
        else
        {
            reader.Skip();
        }
    }

    private static long Or0(long number) => Math.Max(0, number);
}
