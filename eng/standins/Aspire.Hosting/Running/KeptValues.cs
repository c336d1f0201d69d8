using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Aspire.Hosting.Running;

/// <summary>Generated parameters, kept in the state folder in a file that only its owner reads.</summary>
/// <remarks>The real host keeps them in the user's secrets. Here they lie beside the data they open, so that both are forgotten together.</remarks>
internal sealed class KeptValues(string path)
{
    private static readonly ConditionalWeakTable<IDistributedApplicationBuilder, KeptValues> Known = [];

    private readonly Lock _gate = new();

    public static KeptValues For(IDistributedApplicationBuilder builder) => Known.GetValue(builder, static builder =>
    {
        var state = builder.Configuration["AISAAS_STATE"] is { Length: > 0 } given
            ? given
            : Path.Combine(builder.AppHostDirectory, "..", ".local");
        return new(Path.Combine(Path.GetFullPath(state), "parameters.json"));
    });

    public string GetOrAdd(string name, Func<string> make)
    {
        lock (_gate)
        {
            var values = File.Exists(path)
                ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(path)) ?? []
                : [];
            if (values.TryGetValue(name, out var kept))
            {
                return kept;
            }

            values[name] = make();
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            // Written aside and moved, so that a crash leaves the old file or the new one.
            var draft = $"{path}.{Environment.ProcessId}";
            FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (FileStream file = new(draft, options))
            {
                JsonSerializer.Serialize(file, values);
            }

            File.Move(draft, path, overwrite: true);
            return values[name];
        }
    }
}
