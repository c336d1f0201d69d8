using AiSaas.Llm.Local.UseLite;

namespace AiSaas.Llm.Local.Extractive;

/// <summary>How much a word tells, from 0 (everywhere in English) to 1 (rare).</summary>
/// <remarks>The embedder's vocabulary knows how likely its pieces are; a word is as rare as its pieces together.
/// Without it, longer words count as rarer.</remarks>
internal sealed class WordInformation(SentencePieceTokenizer? tokenizer)
{
    // Log-likelihoods: "the" has 3.6, "time" 7.5, "contract" 9, "stairwell" and names 15 and more.
    private const double Everywhere = 5, Rare = 13;

    public double Of(Word word) => Math.Clamp((Likelihood(word.Text) - Everywhere) / (Rare - Everywhere), 0.1, 1);

    private double Likelihood(string word) => tokenizer?.Information(word.ToLowerInvariant()) ?? 6 + word.Length * 0.6;
}
