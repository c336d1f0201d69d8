using System.Text.Json;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Forwarding;

/// <summary>What routing and accounting need to know of a request, and where it stands in its bytes. Nothing else is read.</summary>
/// <remarks>Places are byte offsets into the body, so that a member can be replaced and all others, known to us or not, go on as they came.</remarks>
public sealed class RequestEnvelope
{
    /// <summary>As asked for; never empty.</summary>
    public string Model { get; private set; } = "";

    public bool IsStreamed { get; private set; }

    /// <summary>Whether the client itself wants a stream's usage.</summary>
    public bool AsksForUsage { get; private set; }

    /// <summary>The caller's bound on one answer.</summary>
    public long? MaxOutputTokens { get; private set; }

    /// <summary>How many answers (<c>n</c>).</summary>
    public int Answers { get; private set; } = 1;

    /// <summary>The caller asks for the likeliest answer (<c>temperature</c> 0) or names a <c>seed</c>: the same again is what it wants.</summary>
    public bool IsDeterministic { get; private set; }

    /// <summary>Responses API: to be worked on after the client has left.</summary>
    public bool IsBackground { get; private set; }

    internal ByteRange ModelValue { get; private set; }

    /// <summary>The object after <c>stream_options</c>; empty where there is none.</summary>
    internal ByteRange StreamOptions { get; private set; }

    /// <summary>The value after its <c>include_usage</c>; empty where there is none.</summary>
    internal ByteRange IncludeUsage { get; private set; }

    /// <exception cref="WireException">It is no JSON object, names no model, or says so twice.</exception>
    public static RequestEnvelope Read(ReadOnlySpan<byte> body)
    {
        RequestEnvelope envelope = new();
        try
        {
            Utf8JsonReader json = new(body);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                throw new WireException("The request must be a JSON object.");
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                envelope.ReadMember(ref json);
            }

            if (json.Read())
            {
                throw new WireException("There is more after the request's JSON object.");
            }
        }
        catch (JsonException fault)
        {
            throw new WireException($"The request is no valid JSON (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine}).");
        }

        catch (InvalidOperationException)
        {
            // The platform's reader throws so at a name or a text that holds half of a surrogate pair.
            throw new WireException("The request holds half a character: an escape like \\ud83d without its other half.");
        }

        return envelope.Model.Length > 0 ? envelope : throw new WireException("You must name a model.", "model");
    }

    private void ReadMember(ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("model"u8))
        {
            json.Read();
            if (Model.Length > 0)
            {
                // Which of two a provider would take is anyone's guess; ours must be the same.
                throw new WireException("The request names its model twice.", "model");
            }

            Model = json.TokenType == JsonTokenType.String ? json.GetString()! : throw new WireException("The model must be a string.", "model");
            ModelValue = ByteRange.Of(json);
        }
        else if (json.ValueTextEquals("stream"u8))
        {
            json.Read();
            IsStreamed = json.TokenType == JsonTokenType.True;
        }
        else if (json.ValueTextEquals("stream_options"u8))
        {
            ReadStreamOptions(ref json);
        }
        else if (json.ValueTextEquals("max_tokens"u8) || json.ValueTextEquals("max_completion_tokens"u8) || json.ValueTextEquals("max_output_tokens"u8))
        {
            long? bound = Number(ref json) is { } tokens && tokens >= 0 && tokens < 1e12 ? (long)tokens : null;
            MaxOutputTokens = bound ?? MaxOutputTokens;
        }
        else if (json.ValueTextEquals("n"u8))
        {
            Answers = Number(ref json) is { } count ? (int)Math.Clamp(count, 1, 1_000) : 1;
        }
        else if (json.ValueTextEquals("temperature"u8))
        {
            IsDeterministic |= Number(ref json) is 0;
        }
        else if (json.ValueTextEquals("seed"u8))
        {
            IsDeterministic |= Number(ref json) is not null;
        }
        else if (json.ValueTextEquals("background"u8))
        {
            json.Read();
            IsBackground = json.TokenType == JsonTokenType.True;
        }
        else
        {
            json.Skip();
        }
    }

    private void ReadStreamOptions(ref Utf8JsonReader json)
    {
        json.Read();
        int start = (int)json.TokenStartIndex;
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            StreamOptions = new(start, (int)json.BytesConsumed - start);
            return;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isUsage = json.ValueTextEquals("include_usage"u8);
            json.Read();
            if (isUsage)
            {
                AsksForUsage = json.TokenType == JsonTokenType.True;
                IncludeUsage = ByteRange.Of(json);
            }

            json.Skip();
        }

        StreamOptions = new(start, (int)json.BytesConsumed - start);
    }

    private static double? Number(ref Utf8JsonReader json)
    {
        json.Read();
        double? number = json.TokenType == JsonTokenType.Number && json.TryGetDouble(out double value) ? value : null;
        json.Skip();
        return number;
    }
}

/// <summary>Where a value stands in a body.</summary>
internal readonly record struct ByteRange(int Start, int Length)
{
    public bool IsEmpty => Length == 0;

    public int End => Start + Length;

    /// <summary>The value that the reader has just read (no object or array).</summary>
    public static ByteRange Of(in Utf8JsonReader json) => new((int)json.TokenStartIndex, (int)(json.BytesConsumed - json.TokenStartIndex));
}
