using System.Globalization;
using System.Text.RegularExpressions;

namespace AiSaas.Llm.Wire.Anthropic;

/// <summary>What a model's name tells of what it accepts: Anthropic has taken parameters away from release to release and refuses them with 400.</summary>
/// <remarks>A name of no Claude (a compatible server's model) gets what the API could do from its first day; a Claude we cannot date counts as new.</remarks>
internal readonly partial record struct ClaudeModel(string Family, int Version, bool IsClaude)
{
    private const int Newest = 99_00;

    /// <summary><c>temperature</c>, <c>top_p</c>, <c>top_k</c>.</summary>
    public bool TakesSampling => !IsClaude || Version < 4_07;

    /// <summary>Since 4.1 only one of <c>temperature</c> and <c>top_p</c> may be given.</summary>
    public bool TakesBothSamplings => !IsClaude || Version < 4_01;

    /// <summary>Thinks as much as it likes, guided by <c>output_config.effort</c>, instead of by a budget of tokens.</summary>
    public bool ThinksAdaptively => IsClaude && Version >= 4_06;

    /// <summary>Thinks although nobody asked, which takes from <c>max_tokens</c> and bars a forced tool.</summary>
    public bool ThinksUnasked => IsClaude && (Version >= 5_00 || Family is "fable" or "mythos");

    /// <summary>The <c>thinking.type</c> that keeps it from thinking, or nearly; null where there is none, or no need.</summary>
    public string? WithoutThinking =>
        !ThinksAdaptively || Family is "fable" or "mythos" or "" ? null
        : Version < 5_05 || Family == "haiku" ? "disabled"
        : Family == "sonnet" ? "between_tools"
        : null;

    /// <summary><c>tool_choice</c> may be <c>any</c> or name a tool.</summary>
    public bool TakesForcedTools => !ThinksUnasked || WithoutThinking == "disabled";

    /// <summary><c>thinking.display</c>; these models keep their thoughts to themselves unless told otherwise.</summary>
    public bool TakesDisplay => IsClaude && Version >= 4_07;

    public bool Thinks => !IsClaude || Version >= 3_07;

    /// <summary><c>output_config.effort</c> knows <c>xhigh</c>.</summary>
    public bool TakesHighestEffort => IsClaude && Version >= 4_07;

    /// <summary><c>output_config.format</c>.</summary>
    public bool TakesSchemas => IsClaude && (Version >= 4_05 || (Version == 4_01 && Family == "opus"));

    /// <summary>The bound of the output where a client gives none. Adaptive thoughts count, and how long they get nobody knows beforehand.</summary>
    public long DefaultMaxTokens(bool thinks) =>
        thinks || ThinksUnasked ? 32_768
        : IsClaude && Version < 3_05 ? 4_096
        : 8_192;

    public static ClaudeModel Of(string name)
    {
        if (!name.Contains("claude", StringComparison.OrdinalIgnoreCase))
        {
            return new("", 0, IsClaude: false);
        }

        var match = Name().Match(name);
        return match.Success
            ? new(match.Groups["family"].Value.ToLowerInvariant(), (Number(match.Groups["major"]) * 100) + Number(match.Groups["minor"]), IsClaude: true)
            : new("", Newest, IsClaude: true);

        static int Number(Group group) => group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;
    }

    // claude-opus-4-6, claude-opus-4.6, claude-sonnet-4-5-20250929, claude-opus-4@20250514; and the older claude-3-5-sonnet-20241022.
    [GeneratedRegex(
        @"claude-(?:(?<family>[a-z]+)-(?<major>\d{1,2})(?!\d)(?:[-.](?<minor>\d{1,2})(?!\d))?|(?<major>\d{1,2})(?!\d)(?:[-.](?<minor>\d{1,2})(?!\d))?-(?<family>[a-z]+))",
        RegexOptions.IgnoreCase)]
    private static partial Regex Name();
}
