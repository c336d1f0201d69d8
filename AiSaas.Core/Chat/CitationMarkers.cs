using System.Text.RegularExpressions;

namespace AiSaas.Core.Chat;

/// <summary>A citation in an answer: what it cites, and the words it stands behind.</summary>
/// <param name="Number">Of the passage, as the text says it: <c>[2]</c>.</param>
/// <param name="Claim">The text from the marker before, or the paragraph's start, to this one.</param>
public sealed record CitedClaim(int Number, string Claim);

/// <summary>Finds <c>[n]</c> markers while an answer streams.</summary>
/// <remarks>A marker may be split over deltas at any character, so what might be the start of one is read again with the next delta.
/// A number that names no passage is the model's invention and is passed over.</remarks>
public sealed partial class CitationMarkers(int passages)
{
    // "[123" is as long as an unfinished marker gets.
    private const int LongestUnfinished = 4;

    private static readonly char[] BetweenClaims = [' ', '\n', '\r', '\t', '.', ',', ';', ':'];

    private string _claim = "";
    private string _tail = "";
    private bool _afterMarker;

    private readonly SortedSet<int> _invented = [];

    /// <summary>Numbers that name no passage.</summary>
    public IReadOnlyCollection<int> Invented => _invented;

    public IReadOnlyList<CitedClaim> Read(string delta)
    {
        string text = _tail + delta;
        List<CitedClaim> found = [];
        int read = 0;
        foreach (Match marker in Marker().Matches(text))
        {
            Gather(text[read..marker.Index]);
            read = marker.Index + marker.Length;
            if (!int.TryParse(marker.Groups[1].ValueSpan, out int number))
            {
                continue;
            }

            if (number >= 1 && number <= passages)
            {
                found.Add(new(number, _claim.TrimStart(BetweenClaims).TrimEnd()));
                _afterMarker = true;
            }
            else
            {
                _invented.Add(number);
            }
        }

        int open = text.LastIndexOf('[');
        int keep = open >= read && text.Length - open <= LongestUnfinished ? open : text.Length;
        Gather(text[read..keep]);
        _tail = text[keep..];
        return found;
    }

    // Markers side by side, "[1][2]" or "[1], [2].", stand behind the same words; letters start a new claim.
    private void Gather(string text)
    {
        if (_afterMarker && text.Any(char.IsLetterOrDigit))
        {
            (_claim, _afterMarker) = ("", false);
        }

        if (_afterMarker)
        {
            return;
        }

        _claim += text;
        int paragraph = _claim.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (paragraph >= 0)
        {
            _claim = _claim[(paragraph + 2)..];
        }
    }

    [GeneratedRegex(@"\[([0-9]{1,3})\]", RegexOptions.CultureInvariant)]
    private static partial Regex Marker();
}
