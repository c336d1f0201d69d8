using System.Runtime.InteropServices;
using System.Text.Json;

namespace AiSaas.Tests.Llm.Simulator;

/// <summary>Vectors that say nothing, in the encoding and length that were asked for.</summary>
internal static class EmbeddingShape
{
    private static readonly float[] Pattern = [0.25f, -0.5f, 1f];

    public static object Answer(JsonElement request)
    {
        var input = request.GetProperty("input");
        int length = request.TryGetProperty("dimensions", out var dimensions) ? dimensions.GetInt32() : Pattern.Length;
        bool base64 = request.TryGetProperty("encoding_format", out var encoding) && encoding.GetString() == "base64";
        int count = input.ValueKind == JsonValueKind.Array && input[0].ValueKind != JsonValueKind.Number ? input.GetArrayLength() : 1;
        float[] vector = [.. Enumerable.Range(0, length).Select(index => Pattern[index % Pattern.Length])];
        return new
        {
            @object = "list",
            model = request.GetProperty("model").GetString(),
            data = Enumerable.Range(0, count).Select(index => new
            {
                @object = "embedding",
                index,
                embedding = base64 ? (object)Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vector)) : vector,
            }),
            usage = new { prompt_tokens = 3 * count, total_tokens = 3 * count },
        };
    }
}
