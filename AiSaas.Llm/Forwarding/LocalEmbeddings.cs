using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using AiSaas.Llm.Local;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;

namespace AiSaas.Llm.Forwarding;

/// <summary>The local embedder behind OpenAI's embeddings API.</summary>
internal sealed class LocalEmbeddings(EmbeddingCatalog catalog)
{
    /// <summary>OpenAI's own bound on one request.</summary>
    private const int MostTexts = 2_048;

    /// <exception cref="ModelCallException">The request asks for what this model doesn't have.</exception>
    public async Task<byte[]> AnswerAsync(ReadOnlyMemory<byte> request, CancellationToken cancellation)
    {
        var (texts, isBase64) = Read(request);
        var vectors = await catalog.Get(LocalModels.UseLite).GenerateAsync(texts, null, cancellation).ConfigureAwait(false);
        long tokens = texts.Sum(text => (long)catalog.Tokens.CountTokens(text));
        ArrayBufferWriter<byte> body = new();
        using Utf8JsonWriter json = new(body);
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        for (int i = 0; i < vectors.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, i);
            Write(json, vectors[i].Vector.Span, isBase64);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model"u8, LocalModels.UseLite);
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, tokens);
        json.WriteNumber("total_tokens"u8, tokens);
        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(cancellation).ConfigureAwait(false);
        return body.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<float> vector, bool isBase64)
    {
        if (isBase64)
        {
            // Little-endian floats, as OpenAI sends them.
            json.WriteBase64String("embedding"u8, MemoryMarshal.AsBytes(vector));
            return;
        }

        json.WriteStartArray("embedding"u8);
        foreach (float value in vector)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static (string[] Texts, bool IsBase64) Read(ReadOnlyMemory<byte> request)
    {
        using var document = JsonDocument.Parse(request);
        var root = document.RootElement;
        if (!root.TryGetProperty("input", out var input))
        {
            throw Refused("The input is missing.", "input");
        }

        string[] texts = input.ValueKind switch
        {
            JsonValueKind.String => [input.GetString()!],
            JsonValueKind.Array when input.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) => [.. input.EnumerateArray().Select(item => item.GetString()!)],
            _ => throw Refused("This model takes a text or a list of texts; tokens of another model's vocabulary mean nothing to it.", "input"),
        };
        if (texts.Length is 0 or > MostTexts || texts.Any(text => text.Length == 0))
        {
            throw Refused($"Send 1 to {MostTexts} texts, none of them empty.", "input");
        }

        if (root.TryGetProperty("dimensions", out var dimensions) && dimensions.ValueKind == JsonValueKind.Number && dimensions.GetRawText() != "512")
        {
            throw Refused("This model has 512 dimensions and can't be cut shorter.", "dimensions");
        }

        return (texts, root.TryGetProperty("encoding_format", out var format) && format.ValueKind == JsonValueKind.String && format.ValueEquals("base64"));
    }

    private static ModelCallException Refused(string message, string parameter) =>
        new(new(ModelErrorClass.BadRequest, 400, message) { Parameter = parameter });
}
