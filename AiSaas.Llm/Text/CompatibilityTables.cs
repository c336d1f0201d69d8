using System.Collections.Frozen;
using System.Globalization;

namespace AiSaas.Llm.Text;

/// <summary>The Unicode data behind <see cref="CompatibilityForm"/>, read once from the embedded file.</summary>
internal sealed record CompatibilityTables(
    FrozenDictionary<int, int[]> Decompositions,
    FrozenDictionary<int, int> Classes,
    FrozenDictionary<(int First, int Second), int> Compositions)
{
    // Below U+0300 there are no combining marks; most text ends the question here.
    public int Class(int code) => code < 0x300 ? 0 : Classes.GetValueOrDefault(code);

    public static CompatibilityTables Load()
    {
        Dictionary<int, int[]> decompositions = [];
        Dictionary<int, int> classes = [];
        Dictionary<(int, int), int> compositions = [];
        using var stream = typeof(CompatibilityForm).Assembly.GetManifestResourceStream("compatibility-form.txt")!;
        using StreamReader reader = new(stream);
        string section = "";
        while (reader.ReadLine() is { } line)
        {
            int equals = line.IndexOf('=');
            switch (section)
            {
                case var _ when line.StartsWith('#'):
                    break;
                case var _ when equals < 0:
                    section = line;
                    break;
                case "D":
                    decompositions[Hex(line.AsSpan(0, equals))] = [.. line[(equals + 1)..].Split(' ').Select(code => Hex(code))];
                    break;
                case "M":
                    int dash = line.IndexOf('-');
                    for (int code = Hex(line.AsSpan(0, dash)); code <= Hex(line.AsSpan(dash + 1, equals - dash - 1)); code++)
                    {
                        classes[code] = int.Parse(line.AsSpan(equals + 1), CultureInfo.InvariantCulture);
                    }

                    break;
                case "C":
                    int plus = line.IndexOf('+');
                    compositions[(Hex(line.AsSpan(0, plus)), Hex(line.AsSpan(plus + 1, equals - plus - 1)))] = Hex(line.AsSpan(equals + 1));
                    break;
            }
        }

        return new(decompositions.ToFrozenDictionary(), classes.ToFrozenDictionary(), compositions.ToFrozenDictionary());
    }

    private static int Hex(ReadOnlySpan<char> digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
