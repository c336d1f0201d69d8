using System.Collections.Frozen;

namespace AiSaas.Core.Identity;

/// <summary>What a key may reach: everything, all reading, all writing, or one feature.</summary>
public static class Scopes
{
    public const string Everything = "api";

    public const string Read = "read";

    private static readonly FrozenSet<string> All = FrozenSet.Create(
        StringComparer.Ordinal, Everything, "*", Read, "write", "gateway", "chat", "documents", "search", "jobs", "webhooks", "keys", "usage", "budgets");

    /// <summary>The feature that a path belongs to, by its first segment after <c>/api</c>; null for what only <see cref="Everything"/> reaches,
    /// such as the gateway's administration: a key that may call models shall not set what they cost.</summary>
    private static readonly FrozenDictionary<string, string> Features = new Dictionary<string, string>
    {
        ["collections"] = "documents",
        ["documents"] = "documents",
        ["uploads"] = "documents",
        ["chunks"] = "documents",
        ["samples"] = "documents",
        ["sources"] = "documents",
        ["search"] = "search",
        ["suggestions"] = "search",
        ["conversations"] = "chat",
        ["runs"] = "chat",
        ["chat"] = "chat",
        ["messages"] = "chat",
        ["jobs"] = "jobs",
        ["webhooks"] = "webhooks",
        ["schedules"] = "jobs",
        ["keys"] = "keys",
        ["usage"] = "usage",
        ["budgets"] = "budgets",
    }.ToFrozenDictionary();

    public static string Known { get; } = string.Join(", ", All.Order(StringComparer.Ordinal));

    public static bool IsKnown(string scope) => All.Contains(scope);

    /// <summary>Whether a key reaches <c>/v1</c>: the hot path of <see cref="Allow"/>.</summary>
    public static bool AllowGateway(IReadOnlyList<string> scopes, bool reads)
    {
        foreach (string scope in scopes)
        {
            if (scope is Everything or "*" or "gateway" || (scope == "write" && reads))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="scopes">Of the key.</param>
    /// <param name="path">Of the request, such as <c>/api/documents/…</c>.</param>
    /// <param name="reads">Whether the request only reads.</param>
    public static bool Allow(IReadOnlyCollection<string> scopes, string path, bool reads)
    {
        string[] segments = path.Split('/', 4, StringSplitOptions.RemoveEmptyEntries);
        string? feature = segments is ["v1", ..] ? "gateway" : segments is ["api", var first, ..] ? Features.GetValueOrDefault(first) : null;
        // Asking for one's own identity is what every key may do: clients call it to see whether a key works.
        bool self = segments is ["api", "me"];
        return scopes.Any(scope => scope switch
        {
            Everything or "*" => true,
            Read => (reads && feature != "gateway") || feature == "search",
            "write" => feature != "gateway" || reads,
            _ => self || scope == feature,
        });
    }
}
