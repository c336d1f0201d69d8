using System.Globalization;
using System.Text;

namespace AiSaas.Core.Sources;

/// <summary>robots.txt, after RFC 9309: what of a site may be fetched by whom.</summary>
/// <remarks>
/// 1. Lines are <c>field: value # comment</c>; fields in any case. 2. A group is one or more <c>user-agent</c> lines and the rules
/// after them; all groups that name us count as one, and without any those for <c>*</c>. 3. Of the rules that match an address the
/// longest decides, of two equally long ones the one that allows. 4. <c>*</c> stands for anything, <c>$</c> at the end for the end.
/// Escapes are compared in one spelling. <c>crawl-delay</c> is not in the RFC, but on many sites.
/// </remarks>
public sealed class RobotsRules
{
    /// <summary>What we are called there.</summary>
    public const string Agent = "aisaas";

    private const int MostRules = 5000;

    public static readonly RobotsRules AllowAll = new([], null);

    private readonly List<(string Pattern, bool Allow)> _rules;

    private RobotsRules(List<(string Pattern, bool Allow)> rules, TimeSpan? delay)
    {
        _rules = rules;
        Delay = delay;
    }

    /// <summary>What the site asks for between two requests; null where it says nothing.</summary>
    public TimeSpan? Delay { get; }

    public static RobotsRules Parse(string text, string agent = Agent)
    {
        ArgumentNullException.ThrowIfNull(text);
        Group ours = new(), everybodys = new();
        bool named = false, listing = false, forUs = false, forAll = false;
        foreach (var line in text.AsSpan().TrimStart('\uFEFF').EnumerateLines())
        {
            if (!Read(line, out var field, out var value))
            {
                continue;
            }

            if (field.Equals("user-agent", StringComparison.OrdinalIgnoreCase))
            {
                // Agents in a row share their rules; one after a rule begins another group.
                (forUs, forAll) = listing ? (forUs, forAll) : (false, false);
                listing = true;
                forAll |= value is "*";
                forUs |= Token(value).Equals(agent, StringComparison.OrdinalIgnoreCase);
                named |= forUs;
                continue;
            }

            if (Take(field, value) is not { } rule)
            {
                // Sitemaps and unknown fields end no list of agents.
                continue;
            }

            listing = false;
            if (forUs)
            {
                rule(ours);
            }

            if (forAll)
            {
                rule(everybodys);
            }
        }

        var group = named ? ours : everybodys;
        return new RobotsRules(group.Rules, group.Delay);
    }

    /// <param name="url">Of this site.</param>
    public bool Allows(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        string path = Tidy(url.PathAndQuery);
        if (path == "/robots.txt")
        {
            return true;
        }

        int longest = -1;
        bool allowed = true;
        foreach (var (pattern, allow) in _rules)
        {
            if ((pattern.Length > longest || (pattern.Length == longest && allow)) && Matches(pattern, path))
            {
                (longest, allowed) = (pattern.Length, allow);
            }
        }

        return allowed;
    }

    private static Action<Group>? Take(ReadOnlySpan<char> field, string value)
    {
        if (field.Equals("crawl-delay", StringComparison.OrdinalIgnoreCase))
        {
            return double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
                ? group => group.Delay ??= TimeSpan.FromSeconds(Math.Min(seconds, 86_400))
                : null;
        }

        bool allow = field.Equals("allow", StringComparison.OrdinalIgnoreCase);
        if (!allow && !field.Equals("disallow", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        // An empty rule matches nothing; it still ends the list of agents.
        string pattern = Tidy(value);
        return group =>
        {
            if (pattern.Length > 0 && group.Rules.Count < MostRules)
            {
                group.Rules.Add((pattern, allow));
            }
        };
    }

    private static bool Read(ReadOnlySpan<char> line, out ReadOnlySpan<char> field, out string value)
    {
        int comment = line.IndexOf('#');
        line = comment < 0 ? line : line[..comment];
        int colon = line.IndexOf(':');
        field = colon < 0 ? default : line[..colon].Trim();
        value = colon < 0 ? "" : line[(colon + 1)..].Trim().ToString();
        return field.Length > 0;
    }

    // "AiSaas/1.0" names us as well as "aisaas".
    private static ReadOnlySpan<char> Token(string agent)
    {
        int end = 0;
        while (end < agent.Length && (char.IsAsciiLetter(agent[end]) || agent[end] is '-' or '_'))
        {
            end++;
        }

        return agent.AsSpan(0, end);
    }

    // Greedy with one step back: linear in practice, |pattern| × |path| at worst, both bounded by a line's and an address's length.
    private static bool Matches(string pattern, string path)
    {
        bool anchored = pattern.EndsWith('$');
        var wanted = anchored ? pattern.AsSpan(0, pattern.Length - 1) : pattern;
        int at = 0, star = -1, resume = 0, i = 0;
        while (true)
        {
            if (i == wanted.Length && (!anchored || at == path.Length))
            {
                return true;
            }

            if (i < wanted.Length && wanted[i] == '*')
            {
                (star, resume) = (i++, at);
            }
            else if (i < wanted.Length && at < path.Length && wanted[i] == path[at])
            {
                i++;
                at++;
            }
            else if (star >= 0 && resume < path.Length)
            {
                (i, at) = (star + 1, ++resume);
            }
            else
            {
                return false;
            }
        }
    }

    // One spelling: letters that need no escape unescaped, everything beyond ASCII escaped, escapes in upper case.
    private static string Tidy(string path)
    {
        StringBuilder tidy = new(path.Length);
        for (int i = 0; i < path.Length; i++)
        {
            char letter = path[i];
            if (letter == '%' && i + 2 < path.Length && byte.TryParse(path.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte escaped))
            {
                char plain = (char)escaped;
                _ = char.IsAsciiLetterOrDigit(plain) || plain is '-' or '.' or '_' or '~' ? tidy.Append(plain) : tidy.Append(CultureInfo.InvariantCulture, $"%{escaped:X2}");
                i += 2;
            }
            else if (letter > '~')
            {
                int length = char.IsHighSurrogate(letter) && i + 1 < path.Length ? 2 : 1;
                foreach (byte value in Encoding.UTF8.GetBytes(path.Substring(i, length)))
                {
                    tidy.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
                }

                i += length - 1;
            }
            else
            {
                tidy.Append(letter);
            }
        }

        return tidy.ToString();
    }

    private sealed class Group
    {
        public List<(string Pattern, bool Allow)> Rules { get; } = [];

        public TimeSpan? Delay { get; set; }
    }
}
