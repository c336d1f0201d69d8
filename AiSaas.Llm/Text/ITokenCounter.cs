namespace AiSaas.Llm.Text;

/// <summary>Measures text in tokens of some model.</summary>
public interface ITokenCounter
{
    int CountTokens(string text);
}

/// <summary>The estimate by script, where no tokenizer is at hand.</summary>
public sealed class ApproximateTokenCounter : ITokenCounter
{
    public int CountTokens(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TokenEstimate.Of(text);
    }
}
