using System.Runtime.InteropServices;
using System.Text.Json;

namespace AiSaas.Llm.Embedding;

/// <param name="Model">The model's name at the provider.</param>
/// <param name="Texts">At least one, prefixes included.</param>
/// <param name="Dimensions">Null leaves them to the model.</param>
internal sealed record EmbeddingRequest(string Model, IReadOnlyList<string> Texts, EmbeddingInput Input, int? Dimensions);

/// <param name="Vectors">In the order of the texts.</param>
/// <param name="Tokens">As the provider counted; null where it does not say.</param>
internal sealed record EmbeddingAnswer(IReadOnlyList<float[]> Vectors, long? Tokens);

/// <summary>How one kind of provider wants to be asked for vectors, and how it answers.</summary>
internal abstract class EmbeddingWire
{
    /// <summary>Below the provider's address.</summary>
    public abstract string Path { get; }

    /// <summary>That one request takes.</summary>
    public abstract int MostTexts { get; }

    /// <summary>That one request takes, all texts together; estimated at three bytes a token, which errs on the safe side for most scripts.</summary>
    public virtual int MostTokens => 100_000;

    public abstract void Write(Utf8JsonWriter json, EmbeddingRequest request);

    /// <exception cref="FormatException">It is no answer of this API.</exception>
    public abstract EmbeddingAnswer Read(JsonElement answer);

    protected static void Texts(Utf8JsonWriter json, string name, EmbeddingRequest request)
    {
        json.WriteStartArray(name);
        foreach (string text in request.Texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    /// <summary>Numbers, or base64 of little-endian floats.</summary>
    protected static float[] Vector(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            byte[] bytes = value.GetBytesFromBase64();
            return bytes.Length % sizeof(float) == 0 ? MemoryMarshal.Cast<byte, float>(bytes).ToArray() : throw new FormatException("A vector is cut off.");
        }

        float[] vector = new float[value.GetArrayLength()];
        int i = 0;
        foreach (var number in value.EnumerateArray())
        {
            vector[i++] = number.GetSingle();
        }

        return vector;
    }

    protected static long? Count(JsonElement parent, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
        {
            if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out parent))
            {
                return null;
            }
        }

        return parent.ValueKind == JsonValueKind.Number && parent.TryGetDouble(out double count) ? (long)count : null;
    }
}

/// <summary>OpenAI, Azure and every server that speaks their API.</summary>
/// <param name="encoding">base64 is a quarter of the bytes, but not every server has it.</param>
internal class OpenAIEmbeddings(string encoding) : EmbeddingWire
{
    public override string Path => "embeddings";

    // 2,048 and 300,000 tokens at OpenAI; servers that speak its API often take less at once.
    public override int MostTexts => 96;

    public override void Write(Utf8JsonWriter json, EmbeddingRequest request)
    {
        Begin(json, request);
        json.WriteString("encoding_format"u8, encoding);
        if (request.Dimensions is { } dimensions)
        {
            json.WriteNumber("dimensions"u8, dimensions);
        }
    }

    public override EmbeddingAnswer Read(JsonElement answer)
    {
        var data = answer.GetProperty("data");
        var vectors = new float[data.GetArrayLength()][];
        int position = 0;
        foreach (var item in data.EnumerateArray())
        {
            // Some servers leave the index out and keep the order.
            int index = item.TryGetProperty("index", out var named) ? named.GetInt32() : position;
            if ((uint)index >= (uint)vectors.Length || vectors[index] is not null)
            {
                throw new FormatException($"The index {index} is out of place.");
            }

            vectors[index] = Vector(item.GetProperty("embedding"));
            position++;
        }

        return new(vectors, Count(answer, "usage", "prompt_tokens") ?? Count(answer, "usage", "total_tokens"));
    }

    protected static void Begin(Utf8JsonWriter json, EmbeddingRequest request)
    {
        json.WriteString("model"u8, request.Model);
        Texts(json, "input", request);
    }
}

internal sealed class VoyageEmbeddings() : OpenAIEmbeddings("float")
{
    public override int MostTexts => 128;

    public override void Write(Utf8JsonWriter json, EmbeddingRequest request)
    {
        Begin(json, request);
        json.WriteString("input_type"u8, request.Input == EmbeddingInput.Query ? "query"u8 : "document"u8);
        json.WriteBoolean("truncation"u8, true);
        if (request.Dimensions is { } dimensions)
        {
            json.WriteNumber("output_dimension"u8, dimensions);
        }
    }
}

internal sealed class JinaEmbeddings() : OpenAIEmbeddings("float")
{
    public override void Write(Utf8JsonWriter json, EmbeddingRequest request)
    {
        Begin(json, request);
        json.WriteString("task"u8, request.Input == EmbeddingInput.Query ? "retrieval.query"u8 : "retrieval.passage"u8);
        json.WriteBoolean("truncate"u8, true);
        if (request.Dimensions is { } dimensions)
        {
            json.WriteNumber("dimensions"u8, dimensions);
        }
    }
}

/// <summary>Cohere's own API, version 2.</summary>
internal sealed class CohereEmbeddings : EmbeddingWire
{
    public override string Path => "v2/embed";

    public override int MostTexts => 96;

    public override void Write(Utf8JsonWriter json, EmbeddingRequest request)
    {
        json.WriteString("model"u8, request.Model);
        Texts(json, "texts", request);
        json.WriteString("input_type"u8, request.Input == EmbeddingInput.Query ? "search_query"u8 : "search_document"u8);
        json.WriteStartArray("embedding_types"u8);
        json.WriteStringValue("float"u8);
        json.WriteEndArray();
        json.WriteString("truncate"u8, "END"u8);
        if (request.Dimensions is { } dimensions)
        {
            json.WriteNumber("output_dimension"u8, dimensions);
        }
    }

    public override EmbeddingAnswer Read(JsonElement answer) => new(
        [.. answer.GetProperty("embeddings").GetProperty("float").EnumerateArray().Select(Vector)],
        Count(answer, "meta", "billed_units", "input_tokens") ?? Count(answer, "meta", "tokens", "input_tokens"));
}
