namespace AiSaas.Llm.Local;

/// <summary>The provider that needs no key and its models' names.</summary>
public static class LocalModels
{
    public const string Provider = "local";
    public const string Extractive = "extractive-1";
    public const string UseLite = "use-lite-en";

    public static IReadOnlyList<string> All { get; } = [Extractive, UseLite];

    public static bool Has(string model) => All.Contains(model, StringComparer.OrdinalIgnoreCase);
}
