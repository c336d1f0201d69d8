using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromChat;

/// <summary>OpenAI's <c>reasoning_effort</c> in Anthropic's words: a budget for older models, a level for newer ones.</summary>
/// <param name="Mode">The <c>thinking.type</c>; null for saying nothing.</param>
/// <param name="Budget">Tokens to think with; 0 without.</param>
/// <param name="Level">The <c>output_config.effort</c>.</param>
/// <param name="ShowsThoughts">Whether the model is told to show what it thinks: a client that asked for it sees progress instead of silence.</param>
internal readonly record struct Effort(string? Mode, long Budget, string? Level, bool ShowsThoughts)
{
    private const long LeastBudget = 1_024;

    /// <summary>Whether thinking is asked for: sampling parameters are refused beside it.</summary>
    public bool Thinks => Mode is "enabled" or "adaptive";

    /// <param name="chat">The client's request.</param>
    /// <param name="claude">The target's model.</param>
    /// <param name="mustCallTool">Anthropic allows no thinking before a forced tool.</param>
    /// <param name="endsWithToolResult">With a budget, the turn that called the tool would have to bring its signed thoughts, which a
    /// client of OpenAI's never saw; so the rest of such a turn is answered without thinking.</param>
    public static Effort Of(JsonElement chat, ClaudeModel claude, bool mustCallTool, bool endsWithToolResult)
    {
        // A model that thinks unasked has to be kept from it before a forced tool.
        string? forced = mustCallTool && claude.ThinksUnasked ? claude.WithoutThinking : null;
        if (chat.Member("reasoning_effort"u8) is not { } given)
        {
            return new(forced, 0, null, false);
        }

        string effort = given.ValueKind == JsonValueKind.String ? given.Decoded() : "";
        long budget = effort switch
        {
            "none" => 0,
            "minimal" => LeastBudget,
            "low" => 2_048,
            "medium" => 8_192,
            "high" => 16_384,
            "xhigh" or "max" => 32_768,
            _ => throw new WireException("'reasoning_effort' must be none, minimal, low, medium, high or xhigh.", "reasoning_effort"),
        };
        if (claude.ThinksAdaptively)
        {
            string level = effort switch
            {
                "none" or "minimal" => "low",
                "xhigh" or "max" when !claude.TakesHighestEffort => "high",
                "max" => "xhigh",
                _ => effort,
            };
            return mustCallTool ? new(forced, 0, level, false)
                : budget == 0 ? new(claude.WithoutThinking, 0, level, false)
                : new("adaptive", 0, level, claude.TakesDisplay);
        }

        return budget == 0 || mustCallTool || endsWithToolResult || !claude.Thinks ? default : new("enabled", budget, null, false);
    }

    /// <summary>A budget must lie below the bound of the whole output, and leave room for an answer.</summary>
    public Effort Within(long maxTokens) =>
        Budget == 0 ? this
        : Math.Min(Budget, maxTokens / 2) is >= LeastBudget and var fitting ? this with { Budget = fitting }
        : default;

    public void WriteThinking(Utf8JsonWriter writer)
    {
        if (Mode is null)
        {
            return;
        }

        writer.WriteStartObject("thinking"u8);
        writer.WriteString("type"u8, Mode);
        if (Budget > 0)
        {
            writer.WriteNumber("budget_tokens"u8, Budget);
        }

        if (ShowsThoughts)
        {
            writer.WriteString("display"u8, "summarized"u8);
        }

        writer.WriteEndObject();
    }
}
