using System.Globalization;

namespace AiSaas.Bench;

/// <summary><c>--name value</c> pairs and <c>--switches</c>.</summary>
internal sealed class BenchmarkArguments
{
    private const string On = "true";

    private readonly Dictionary<string, string> _values = [];

    public BenchmarkArguments(IReadOnlyList<string> args)
    {
        for (int i = 0; i < args.Count; i++)
        {
            if (!IsName(args[i]))
            {
                throw new ArgumentException($"'{args[i]}' belongs to no --name.", nameof(args));
            }

            bool hasValue = i + 1 < args.Count && !IsName(args[i + 1]);
            _values[args[i][2..]] = hasValue ? args[++i] : On;
        }
    }

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public bool Has(string name) => Text(name) == On;

    public string RequiredFolder(string name) => Folder(name) ?? throw new ArgumentException($"--{name} must name a folder.", nameof(name));

    public string? Folder(string name) => Text(name) is not { } folder ? null
        : Directory.Exists(folder) ? folder
        : throw new ArgumentException($"--{name} must name a folder.", nameof(name));

    public int Number(string name, int otherwise) => Text(name) is { } text ? Parsed(name, text) : otherwise;

    public int[] Numbers(string name, params int[] otherwise) =>
        Text(name) is { } text ? [.. text.Split(',').Select(part => Parsed(name, part))] : otherwise;

    private static int Parsed(string name, string text) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
        : throw new ArgumentException($"--{name} must be made of whole numbers above 0.", nameof(name));

    private static bool IsName(string arg) => arg.StartsWith("--", StringComparison.Ordinal);
}
