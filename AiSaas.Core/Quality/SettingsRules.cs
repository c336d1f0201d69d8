using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Quality;
using AiSaas.Core.Retrieval;

namespace AiSaas.Core.Quality;

/// <summary>What settings may be, and how those of a collection lie over the workspace's.</summary>
public static class SettingsRules
{
    /// <summary>More passages than this no answer reads.</summary>
    public const int MostPassages = 20;

    public static readonly RetrievalSettings None = new();

    /// <returns>What is wrong with them, in words; null where nothing is.</returns>
    public static string? Fault(RetrievalSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings switch
        {
            { Weight: < 0 or > 1 or double.NaN } => "The weight of meaning is a number from 0 to 1.",
            { Limit: < 1 or > MostPassages } => $"A search returns 1 to {MostPassages} passages.",
            { Floor: < 0 or > 1 or double.NaN } => "The least relevance is a number from 0 to 1.",
            _ => null,
        };
    }

    /// <summary>What <paramref name="upper"/> leaves open, <paramref name="lower"/> says.</summary>
    public static RetrievalSettings Over(this RetrievalSettings upper, RetrievalSettings lower)
    {
        ArgumentNullException.ThrowIfNull(upper);
        ArgumentNullException.ThrowIfNull(lower);
        return new(upper.Weight ?? lower.Weight, upper.Limit ?? lower.Limit, upper.Floor ?? lower.Floor, upper.Rerank ?? lower.Rerank);
    }

    /// <summary>The query under these settings.</summary>
    /// <param name="query">Its limit holds where the settings have none.</param>
    /// <param name="settings">Effective ones.</param>
    /// <param name="limit">What the caller asked for by number, which goes before the settings.</param>
    public static RetrievalQuery Under(this RetrievalQuery query, RetrievalSettings settings, int? limit = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(settings);
        return query with
        {
            Weight = settings.Weight,
            Floor = settings.Floor ?? 0,
            Limit = limit ?? settings.Limit ?? query.Limit,
            Reranks = settings.Rerank ?? query.Reranks,
        };
    }

    internal static string Json(RetrievalSettings settings) => JsonSerializer.Serialize(settings, ContractsJson.Default.RetrievalSettings);

    internal static RetrievalSettings Read(string json) => JsonSerializer.Deserialize(json, ContractsJson.Default.RetrievalSettings) ?? None;
}
