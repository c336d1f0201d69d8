namespace AiSaas.Llm.Text;

/// <summary>What a text comes to in tokens of a common model, told from its scripts alone: one pass, no tokenizer.</summary>
/// <remarks>English has four characters a token, other alphabets two and a half, Chinese, Japanese, Korean and emoji one.
/// A budget in characters would give a Chinese text four times what it gives an English one.</remarks>
public static class TokenEstimate
{
    /// <summary>Weights are in twentieths of a token.</summary>
    public const int Whole = 20;

    public static int Of(ReadOnlySpan<char> text)
    {
        long weight = 0;
        foreach (char letter in text)
        {
            weight += Weight(letter);
        }

        return (int)Math.Min(int.MaxValue, (weight + Whole - 1) / Whole);
    }

    /// <summary>Of one UTF-16 code unit; a surrogate pair is a whole token.</summary>
    public static int Weight(char letter) => letter switch
    {
        < '\u0080' => 5,
        < '\u2000' => 8,
        < '\u2e80' => 5,
        _ when char.IsSurrogate(letter) => 10,
        _ => Whole,
    };
}
