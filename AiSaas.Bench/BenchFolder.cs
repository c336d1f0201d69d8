namespace AiSaas.Bench;

/// <summary>Where things lie, whether ./bench runs us or a test does.</summary>
internal static class BenchFolder
{
    /// <summary>A path inside the repository.</summary>
    public static string Of(params ReadOnlySpan<string> parts)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "AiSaas.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine([folder?.FullName ?? Environment.CurrentDirectory, .. parts]);
    }

    /// <summary>One of the product's programs: beside us where it was built with us, else in its own folder, built as we are.</summary>
    public static string Program(string project) => File.Exists(Path.Combine(AppContext.BaseDirectory, $"{project}.dll"))
        ? Path.Combine(AppContext.BaseDirectory, $"{project}.dll")
        : Path.Combine(
            AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Replace("AiSaas.Bench", project, StringComparison.Ordinal), $"{project}.dll");
}
