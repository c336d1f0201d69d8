using System.Text;

namespace AiSaas.Llm.Text;

/// <summary>Unicode normalization form KC: ligatures, full-width and circled characters become plain ones.</summary>
/// <remarks>The processes run in invariant globalization mode (no ICU on the machine), where
/// <see cref="string.Normalize(NormalizationForm)"/> returns its input unchanged. So the form is computed here:
/// 1. decompose fully, 2. order combining marks by class, 3. compose canonical pairs.</remarks>
public static class CompatibilityForm
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28;

    private static readonly Lazy<CompatibilityTables> Data = new(CompatibilityTables.Load);

    public static string Normalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var tables = Data.Value;
        List<int> codes = new(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, tables, codes);
        }

        Order(codes, tables);
        return Compose(codes, tables);
    }

    private static void Decompose(int code, CompatibilityTables tables, List<int> codes)
    {
        int syllable = code - HangulBase;
        if ((uint)syllable < LeadCount * VowelCount * TailCount)
        {
            codes.Add(LeadBase + syllable / (VowelCount * TailCount));
            codes.Add(VowelBase + syllable / TailCount % VowelCount);
            if (syllable % TailCount != 0)
            {
                codes.Add(TailBase + syllable % TailCount);
            }
        }
        else if (code >= 0x80 && tables.Decompositions.TryGetValue(code, out var parts))
        {
            codes.AddRange(parts);
        }
        else
        {
            codes.Add(code);
        }
    }

    // Stable insertion sort of each run of marks; List.Sort is not stable. Long runs are hostile: they stay as they are.
    private static void Order(List<int> codes, CompatibilityTables tables)
    {
        const int LongestRun = 64;
        for (int i = 1; i < codes.Count; i++)
        {
            int mark = codes[i], order = tables.Class(mark), at = i;
            while (order != 0 && at > 0 && i - at < LongestRun && tables.Class(codes[at - 1]) > order)
            {
                codes[at] = codes[--at];
            }

            codes[at] = mark;
        }
    }

    private static string Compose(List<int> codes, CompatibilityTables tables)
    {
        int starter = -1, lastClass = 0, length = 0;
        for (int i = 0; i < codes.Count; i++)
        {
            int code = codes[i], order = tables.Class(code);
            bool blocked = starter != length - 1 && lastClass >= order;
            if (starter >= 0 && !blocked && Pair(codes[starter], code, tables) is { } composed)
            {
                codes[starter] = composed;
                continue;
            }

            if (order == 0)
            {
                starter = length;
            }

            lastClass = order;
            codes[length++] = code;
        }

        StringBuilder text = new(length);
        Span<char> units = stackalloc char[2];
        for (int i = 0; i < length; i++)
        {
            text.Append(units[..new Rune(codes[i]).EncodeToUtf16(units)]);
        }

        return text.ToString();
    }

    private static int? Pair(int first, int second, CompatibilityTables tables)
    {
        int lead = first - LeadBase, vowel = second - VowelBase, syllable = first - HangulBase, tail = second - TailBase;
        if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
        {
            return HangulBase + (lead * VowelCount + vowel) * TailCount;
        }

        if ((uint)syllable < LeadCount * VowelCount * TailCount && syllable % TailCount == 0 && tail is > 0 and < TailCount)
        {
            return first + tail;
        }

        return tables.Compositions.TryGetValue((first, second), out int composed) ? composed : null;
    }
}
