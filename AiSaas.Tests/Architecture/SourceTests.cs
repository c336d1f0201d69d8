using System.Text.RegularExpressions;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Architecture;

/// <summary>What holds for every source file.</summary>
public sealed partial class SourceTests
{
    private static readonly string[] Projects =
        ["AiSaas.Api", "AiSaas.AppHost", "AiSaas.Contracts", "AiSaas.Core", "AiSaas.Ingestion", "AiSaas.Llm", "AiSaas.Migrator", "AiSaas.ServiceDefaults", "AiSaas.Web"];

    [Fact]
    public void Every_file_reads_in_one_go()
    {
        string[] long_ = [.. Sources().Where(file => File.ReadLines(file).Count() > 400).Select(Name)];

        Assert.True(long_.Length == 0, $"Split these, they have more than 400 lines: {string.Join(", ", long_)}");
    }

    [Fact]
    public void A_program_lists_its_features_and_the_graph_fits_two_screens()
    {
        foreach (string program in Projects.Select(project => Repository.PathOf(project, "Program.cs")).Where(File.Exists))
        {
            Assert.True(File.ReadLines(program).Count() < 70, $"{Name(program)}: move detail into the features' own Add and Map.");
        }

        Assert.True(File.ReadLines(Repository.PathOf("AiSaas.AppHost", "AppHost.cs")).Count() <= 120, "AppHost.cs shows the whole system in two screens.");
    }

    [Fact]
    public void Nothing_is_left_to_do_later_and_nothing_is_fired_and_forgotten()
    {
        List<string> found = [];
        foreach (string file in Sources())
        {
            string text = File.ReadAllText(file);
            found.AddRange(Unfinished().Matches(text).Select(match => $"{Name(file)}: {match.Value.Trim()}"));
        }

        Assert.True(found.Count == 0, $"Build it, await it, or name it as missing in the README: {string.Join("; ", found)}");
    }

    [Fact]
    public void Scripts_name_no_registry()
    {
        string[] hosts = ["registry." + "npmjs", "api." + "nuget", "deb." + "debian", "pypi." + "org"];
        string[] found = [.. new[] { "run", "test", "bench" }.Select(name => Repository.PathOf(name))
            .Concat(Directory.EnumerateFiles(Repository.PathOf("eng"), "*", SearchOption.AllDirectories).Where(file => !IsBuilt(file)))
            .Append(Repository.PathOf("AiSaas.Web", "package-lock.json"))
            .Append(Repository.PathOf("AiSaas.Tests", "Gateway", "Clients", "node", "package-lock.json"))
            .Where(file => hosts.Any(host => File.ReadAllText(file).Contains(host, StringComparison.Ordinal))).Select(Name)];

        Assert.True(found.Length == 0, $"Take the mirror from the machine's own configuration: {string.Join(", ", found)}");
    }

    private static IEnumerable<string> Sources() => Projects
        .SelectMany(project => Directory.EnumerateFiles(Repository.PathOf(project), "*.cs", SearchOption.AllDirectories))
        .Where(file => !IsBuilt(file));

    private static bool IsBuilt(string file) => Built().IsMatch(file);

    private static string Name(string file) => Path.GetRelativePath(Repository.Root, file);

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|NotImplementedException|async void\b|^\s*_ = \w+Async\(", RegexOptions.Multiline)]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"[/\\](obj|bin|node_modules|wwwroot[/\\]dist)[/\\]")]
    private static partial Regex Built();
}
