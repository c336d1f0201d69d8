using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;
using AiSaas.Llm.Wire;

namespace AiSaas.Core.Gateway.Cache;

/// <summary>An answer that may be given again, in the client's API.</summary>
/// <param name="Origin">Who gave it and what it used: what giving it again saves.</param>
/// <param name="Body">A whole answer, or all events of a stream.</param>
internal sealed record CachedAnswer(CachedOrigin Origin, ReadOnlyMemory<byte> Body)
{
    /// <summary>Larger ones are not worth their memory.</summary>
    public const int Largest = 512 * 1024;

    /// <summary>Layout 1: the origin's length in four bytes, the origin as JSON, the body.</summary>
    public byte[] ToBytes()
    {
        byte[] origin = JsonSerializer.SerializeToUtf8Bytes(Origin, CachedAnswerJson.Default.CachedOrigin);
        byte[] all = new byte[4 + origin.Length + Body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(all, origin.Length);
        origin.CopyTo(all, 4);
        Body.Span.CopyTo(all.AsSpan(4 + origin.Length));
        return all;
    }

    /// <returns>Null if it isn't one: then it was written by something else.</returns>
    public static CachedAnswer? From(byte[] bytes)
    {
        int length = bytes.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return length is > 0 and < 10_000 && length + 4 <= bytes.Length
            && JsonSerializer.Deserialize(bytes.AsSpan(4, length), CachedAnswerJson.Default.CachedOrigin) is { } origin
                ? new(origin, bytes.AsMemory(4 + length))
                : null;
    }
}

/// <param name="Provider">The provider's configured name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Model">The model's name there.</param>
/// <param name="Usage">Of the call that was made.</param>
internal sealed record CachedOrigin(string Provider, string Kind, string Model, TokenUsage Usage)
{
    [JsonIgnore]
    public CallTarget Target => new(Provider, Kind, Model);
}

[JsonSerializable(typeof(CachedOrigin))]
internal sealed partial class CachedAnswerJson : JsonSerializerContext;
