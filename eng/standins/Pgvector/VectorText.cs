using System.Globalization;
using System.Text;

namespace Pgvector;

/// <summary>The text form <c>[1,2,3]</c> that both dense types share.</summary>
internal static class VectorText
{
    internal static T[] Parse<T>(string text, Converter<string, T> number) =>
        Array.ConvertAll(text.Trim()[1..^1].Split(',', StringSplitOptions.RemoveEmptyEntries), number);

    internal static string Print<T>(ReadOnlySpan<T> values)
        where T : IFormattable
    {
        StringBuilder text = new("[");
        foreach (var value in values)
        {
            text.Append(text.Length > 1 ? "," : "").Append(value.ToString(null, CultureInfo.InvariantCulture));
        }

        return text.Append(']').ToString();
    }

    internal static int Hash<T>(ReadOnlySpan<T> values)
    {
        HashCode hash = new();
        foreach (var value in values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }
}
