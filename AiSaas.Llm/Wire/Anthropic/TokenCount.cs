using System.Buffers;
using System.Text;
using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic;

/// <summary>Estimates what a request's input comes to, for targets that cannot be asked (<c>/v1/messages/count_tokens</c>).</summary>
/// <remarks>Rough by nature: seven bytes of plain text make two tokens, a letter with an accent half a one, a Chinese or Japanese
/// character one; names count as text, which stands for the frame that a model puts around messages and tools. An image or a file is a flat
/// 1,600, Anthropic's figure for a large image. Works for requests of any of our APIs.</remarks>
public static class TokenCount
{
    private const int MediaTokens = 1_600;

    /// <summary>The answer to <c>count_tokens</c>.</summary>
    /// <exception cref="WireException">The request is not a JSON object.</exception>
    public static void Write(ReadOnlyMemory<byte> request, IBufferWriter<byte> output)
    {
        using (WireJson.ParseObject(request, "The request"))
        {
            // Only to refuse what is no request; the estimate reads the bytes by itself.
        }

        using Utf8JsonWriter writer = new(output, WireJson.Writing);
        writer.WriteStartObject();
        writer.WriteNumber("input_tokens"u8, Estimate(request.Span));
        writer.WriteEndObject();
    }

    /// <summary>At least 1; what is not valid JSON counts up to its fault. Does not allocate.</summary>
    public static long Estimate(ReadOnlySpan<byte> request)
    {
        Utf8JsonReader reader = new(request, WireJson.Reading);
        long sevenths = 0, media = 0;
        bool isData = false;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    isData = reader.Is("data"u8) || reader.Is("file_data"u8);
                    sevenths += 2 * reader.ValueSpan.Length;
                }
                else if (reader.TokenType == JsonTokenType.String)
                {
                    if ((isData && reader.ValueSpan.Length > 64) || (reader.ValueSpan.StartsWith("data:"u8) && reader.ValueSpan.IndexOf(";base64,"u8) > 0))
                    {
                        media++;
                    }
                    else
                    {
                        sevenths += Sevenths(reader.ValueSpan);
                    }
                }
                else if (reader.TokenType is JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False)
                {
                    sevenths += 7;
                }
            }
        }
        catch (JsonException)
        {
            // The target will say so; an estimate of the part before it is the best there is.
        }

        return Math.Max(1, (media * MediaTokens) + ((sevenths + 6) / 7));
    }

    /// <summary>Sevenths of a token in a UTF-8 text.</summary>
    internal static long Sevenths(ReadOnlySpan<byte> text)
    {
        if (Ascii.IsValid(text))
        {
            return 2L * text.Length;
        }

        long sevenths = 0;
        foreach (byte one in text)
        {
            sevenths += one switch
            {
                < 0x80 => 2,
                < 0xC0 => 0, // the rest of a character
                < 0xE0 => 4,
                < 0xF0 => 7,
                _ => 14,
            };
        }

        return sevenths;
    }
}
