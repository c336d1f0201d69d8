using System.Globalization;
using System.Text;

namespace AiSaas.Tests.Graph;

/// <summary>The processes that a graph started, known by the state folder in their environment.</summary>
internal sealed record StateProcess(int Id, string Program, IReadOnlyDictionary<string, string> Environment)
{
    public static IReadOnlyList<StateProcess> Of(string state) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id != 0 && id != System.Environment.ProcessId)
            .Select(Read)
            .OfType<StateProcess>()
            .Where(process => process.Environment.GetValueOrDefault("AISAAS_STATE") == state),
    ];

    private static StateProcess? Read(int id)
    {
        try
        {
            var environment = Words($"/proc/{id}/environ")
                .Select(variable => variable.Split('=', 2))
                .Where(parts => parts.Length == 2)
                .DistinctBy(parts => parts[0])
                .ToDictionary(parts => parts[0], parts => parts[1]);
            return new(id, Path.GetFileName(Words($"/proc/{id}/cmdline").FirstOrDefault() ?? ""), environment);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string[] Words(string file) =>
        Encoding.UTF8.GetString(File.ReadAllBytes(file)).Split('\0', StringSplitOptions.RemoveEmptyEntries);
}
