using AiSaas.Contracts.Chat;

namespace AiSaas.Web.Components.Evidence;

/// <summary>What the evidence says in words; Scripts/evidence/citation.ts says the same while an answer streams.</summary>
internal static class EvidenceWords
{
    public static string Mark(string verdict) => verdict switch { "verified" => "✓", "fuzzy" => "≈", _ => "✗" };

    public static string Verdict(string verdict) =>
        verdict switch { "verified" => "Verified", "fuzzy" => "Similar wording", _ => "Not in the source" };

    public static string Explanation(string verdict) => verdict switch
    {
        "verified" => "These words stand in the document exactly as quoted.",
        "fuzzy" => "The document says this in slightly different words.",
        _ => "The document doesn't say this. Don't rely on it.",
    };

    private const int LongestSection = 80;

    /// <summary>" › Section › page 3", after the document's name.</summary>
    public static string Where(string? section, int page) =>
        FormattableString.Invariant($"{(string.IsNullOrWhiteSpace(section) ? "" : $" › {Brief(section.Trim())}")} › page {page}");

    // What a parser took for headings may be whole sentences.
    private static string Brief(string section) =>
        section.Length <= LongestSection ? section : string.Concat(section.AsSpan(0, LongestSection).TrimEnd(), "…");

    /// <summary>What a screen reader says for a citation mark.</summary>
    public static string Label(Citation cited) =>
        FormattableString.Invariant($"Source {cited.Number}: {cited.DocumentName}, page {cited.Page}, {Verdict(cited.Verdict)}");
}
