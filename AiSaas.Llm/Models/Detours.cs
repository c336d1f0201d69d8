namespace AiSaas.Llm.Models;

/// <summary>The lists of other models that a model's errors lead to.</summary>
internal static class Detours
{
    /// <summary>Unknown names, and lists that lead back to where they began.</summary>
    public static IEnumerable<string> Faults(GatewayOptions options, Func<ModelOptions, List<string>> list, string setting)
    {
        foreach (var (name, model) in options.Models)
        {
            var onward = list(model);
            for (int i = 0; i < onward.Count; i++)
            {
                if (ModelNames.Find(options, onward[i]) is null)
                {
                    yield return $"Gateway:Models:{name}:{setting}:{i} is '{onward[i]}', which no configured model or provider has.";
                }
            }
        }

        foreach (var circle in Circles(options, list))
        {
            yield return $"Gateway:Models:{circle[0]}:{setting} leads in a circle: {string.Join(" → ", circle)}.";
        }
    }

    /// <summary>Each circle once, beginning with its first model by name.</summary>
    private static IEnumerable<IReadOnlyList<string>> Circles(GatewayOptions options, Func<ModelOptions, List<string>> list)
    {
        HashSet<string> done = new(StringComparer.OrdinalIgnoreCase);
        foreach (string start in options.Models.Keys.Order(StringComparer.OrdinalIgnoreCase))
        {
            if (Back(start, start, []) is { } circle && !circle.Any(done.Contains))
            {
                done.UnionWith(circle);
                yield return circle;
            }
        }

        List<string>? Back(string to, string from, HashSet<string> seen)
        {
            foreach (string next in options.Models.TryGetValue(from, out var model) ? list(model) : [])
            {
                if (next.Equals(to, StringComparison.OrdinalIgnoreCase))
                {
                    return [from, next];
                }

                if (seen.Add(next.ToUpperInvariant()) && Back(to, next, seen) is { } rest)
                {
                    return [from, .. rest];
                }
            }

            return null;
        }
    }
}
