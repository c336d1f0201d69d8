using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace AiSaas.Core.Persistence;

/// <summary>One SQL file of <c>Persistence/Migrations</c>, named <c>0001_intent.sql</c>; applied once, never edited after it has landed.</summary>
public sealed record Migration(int Version, string Name, string Sql)
{
    private const string Folder = "AiSaas.Core.Persistence.Migrations.";

    /// <summary>SHA-256 of the text, so that an edited file is noticed.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>All migrations that this build carries, in order.</summary>
    /// <exception cref="InvalidOperationException">Two files share a number.</exception>
    public static IReadOnlyList<Migration> All()
    {
        var assembly = typeof(Migration).Assembly;
        List<Migration> found = [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => Read(assembly, name))
            .OrderBy(migration => migration.Version)];
        return found.DistinctBy(migration => migration.Version).Count() == found.Count
            ? found
            : throw new InvalidOperationException("Two migrations share a number: renumber the newer one.");
    }

    private static Migration Read(Assembly assembly, string resource)
    {
        using StreamReader reader = new(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        string name = resource[Folder.Length..^".sql".Length];
        return new(int.Parse(name.AsSpan(0, 4), System.Globalization.CultureInfo.InvariantCulture), name, reader.ReadToEnd());
    }
}
