using System.Text.Json;

namespace AiSaas.Llm.Reranking;

/// <param name="Model">The model's name at the provider.</param>
/// <param name="Texts">The passages, at least one.</param>
internal sealed record RerankRequest(string Model, string Query, IReadOnlyList<string> Texts);

/// <summary>How one kind of provider is asked to rank passages.</summary>
internal abstract class RerankWire
{
    public abstract string Path { get; }

    public abstract void Write(Utf8JsonWriter json, RerankRequest request);

    /// <summary>What it will bill, before it says so: tokens, or whatever stands for them.</summary>
    public virtual long Units(RerankRequest request) =>
        // A provider reads the question once with each passage.
        (((long)request.Query.Length * request.Texts.Count) + request.Texts.Sum(text => (long)text.Length)) / 4;

    /// <exception cref="FormatException">It is no answer of this API.</exception>
    public abstract (IReadOnlyList<(int Index, double Score)> Ranked, long? Units) Read(JsonElement answer);

    protected static void Begin(Utf8JsonWriter json, RerankRequest request)
    {
        json.WriteString("model"u8, request.Model);
        json.WriteString("query"u8, request.Query);
        json.WriteStartArray("documents"u8);
        foreach (string text in request.Texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    protected static IReadOnlyList<(int Index, double Score)> Ranked(JsonElement results) =>
        [.. results.EnumerateArray().Select(result => (result.GetProperty("index").GetInt32(), result.GetProperty("relevance_score").GetDouble()))];

    protected static long? Count(JsonElement answer, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
        {
            if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty(name, out answer))
            {
                return null;
            }
        }

        return answer.ValueKind == JsonValueKind.Number && answer.TryGetDouble(out double count) ? (long)Math.Ceiling(count) : null;
    }
}

/// <summary>The shape that Jina has and most others share (vLLM, TEI behind proxies, llama.cpp, LocalAI, LiteLLM).</summary>
internal class TopNRerank(string path) : RerankWire
{
    public override string Path => path;

    public override void Write(Utf8JsonWriter json, RerankRequest request)
    {
        Begin(json, request);
        json.WriteNumber("top_n"u8, request.Texts.Count);
        json.WriteBoolean("return_documents"u8, false);
    }

    public override (IReadOnlyList<(int Index, double Score)> Ranked, long? Units) Read(JsonElement answer) =>
        (Ranked(answer.GetProperty("results")), Count(answer, "usage", "total_tokens"));
}

internal sealed class VoyageRerank : RerankWire
{
    public override string Path => "rerank";

    public override void Write(Utf8JsonWriter json, RerankRequest request)
    {
        Begin(json, request);
        json.WriteNumber("top_k"u8, request.Texts.Count);
        json.WriteBoolean("return_documents"u8, false);
        json.WriteBoolean("truncation"u8, true);
    }

    public override (IReadOnlyList<(int Index, double Score)> Ranked, long? Units) Read(JsonElement answer) =>
        (Ranked(answer.GetProperty("data")), Count(answer, "usage", "total_tokens"));
}

/// <summary>Cohere bills searches, of up to 100 passages each. In the price table a search is one token of input.</summary>
internal sealed class CohereRerank : RerankWire
{
    private const int PassagesPerSearch = 100;

    public override string Path => "v2/rerank";

    public override void Write(Utf8JsonWriter json, RerankRequest request)
    {
        Begin(json, request);
        json.WriteNumber("top_n"u8, request.Texts.Count);
    }

    public override long Units(RerankRequest request) => (request.Texts.Count + PassagesPerSearch - 1) / PassagesPerSearch;

    public override (IReadOnlyList<(int Index, double Score)> Ranked, long? Units) Read(JsonElement answer) =>
        (Ranked(answer.GetProperty("results")), Count(answer, "meta", "billed_units", "search_units"));
}
