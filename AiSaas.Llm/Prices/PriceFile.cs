using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiSaas.Llm.Prices;

/// <summary>The price file that this build carries.</summary>
public sealed record PriceFile(string Version, string Notes, IReadOnlyList<PriceEntry> Models)
{
    private const string Resource = "prices.json";

    /// <exception cref="FormatException">The file has faults; a test keeps it from getting here.</exception>
    public static PriceFile Read()
    {
        using var stream = typeof(PriceFile).Assembly.GetManifestResourceStream(Resource)!;
        var file = JsonSerializer.Deserialize(stream, PriceJson.Default.PriceFile)!;
        return file.Models.SelectMany(model => model.Faults()).ToList() is [_, ..] faults
            ? throw new FormatException(string.Join('\n', faults))
            : file;
    }
}

/// <summary>How prices are read and written: camelCase, nulls left out, no reflection.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(PriceFile))]
[JsonSerializable(typeof(PriceEntry))]
public sealed partial class PriceJson : JsonSerializerContext;
