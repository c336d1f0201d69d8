using System.Globalization;
using System.Text;

namespace AiSaas.Ingestion.Unpacking;

/// <summary>The files of a container that did not become documents: counted all, named as far as people read.</summary>
internal sealed class Refusals
{
    private const int Named = 20;
    private const int LongestName = 80;
    private const int LongestReason = 120;

    private readonly List<string> _named = [];

    public int Count { get; private set; }

    public void Add(string path, string why)
    {
        Count++;
        if (_named.Count < Named)
        {
            // The end says more than the folders it stands in.
            string name = path.Length > LongestName ? $"…{path[^LongestName..]}" : path;
            _named.Add($"{name} ({(why.Length > LongestReason ? $"{why[..LongestReason]}…" : why)})");
        }
    }

    /// <returns>Null where there are none.</returns>
    public string? Words()
    {
        if (Count == 0)
        {
            return null;
        }

        StringBuilder words = new();
        words.Append(CultureInfo.InvariantCulture, $"{Count:N0} {(Count == 1 ? "file" : "files")} in it could not be read: ");
        words.AppendJoin("; ", _named);
        if (Count > _named.Count)
        {
            words.Append(CultureInfo.InvariantCulture, $"; and {Count - _named.Count:N0} more");
        }

        return words.Append('.').ToString();
    }
}
