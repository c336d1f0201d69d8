namespace AiSaas.Llm.Local.Extractive;

/// <summary>How likely the best sentence answers: logistic regression over what speaks for it.</summary>
/// <remarks>Fitted on 1,200 cases of SQuAD 2.0's paragraphs (./bench extractive --features), rounded; the last figures are in
/// <c>docs/models.md</c>. Without an embedder its share is what answered questions have on average.</remarks>
internal static class AnswerLikelihood
{
    /// <summary>Below it the documents are said to hold no answer.</summary>
    public const double Threshold = 0.45;

    private const double UsualSimilarity = 0.4;

    public static double Of(Question question, Candidate best, bool compared)
    {
        if (question.Weight <= 0)
        {
            return 0;
        }

        double sum = -4.8
            + 2 * best.Covered
            + 3 * best.CoveredInPassage
            + 2.6 * best.Pairs
            + (best.Cue ? 0.5 : question.Expects is Expected.Date or Expected.Duration or Expected.Money or Expected.Number ? -1 : 0)
            + 2.4 * (compared ? best.Similarity : UsualSimilarity)
            - 1.5 * best.NamesMissing;
        return 1 / (1 + Math.Exp(-sum));
    }
}
