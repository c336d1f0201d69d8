namespace AiSaas.Llm.Local.UseLite;

/// <summary>Where the local model's files lie: <c>model.json</c>, its shards and <c>vocab.json</c>.</summary>
public static class ModelFolder
{
    public const string Variable = "AISAAS_MODEL_DIR";

    /// <summary>The folder that scripts install to: <c>${XDG_CACHE_HOME:-~/.cache}/aisaas/models/use-lite-en-0.2.0</c>.</summary>
    public static string Default
    {
        get
        {
            string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            cache = string.IsNullOrEmpty(cache)
                ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
                : cache;
            return Path.Combine(cache, "aisaas", "models", "use-lite-en-0.2.0");
        }
    }

    /// <summary>The configured folder if there is one, else the environment's, else the default.</summary>
    public static string Resolve(string? configured = null) =>
        new[] { configured, Environment.GetEnvironmentVariable(Variable) }.FirstOrDefault(folder => !string.IsNullOrWhiteSpace(folder)) ?? Default;

    // The npm package keeps the files in dist/; both the package as unpacked and a folder of the bare files will do.
    internal static string File(string folder, string name)
    {
        string[] candidates = [Path.Combine(folder, name), Path.Combine(folder, "dist", name)];
        return candidates.FirstOrDefault(System.IO.File.Exists) ?? throw new FileNotFoundException(
            $"The local embedding model's {name} is not in '{folder}'. ./run and ./test install it; or set {Variable} to the folder that holds model.json, its shards and vocab.json.",
            candidates[0]);
    }
}
