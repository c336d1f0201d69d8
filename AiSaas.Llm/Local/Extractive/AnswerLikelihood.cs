namespace AiSaas.Llm.Local.Extractive;

/// <summary>How likely the best sentence answers: logistic regression over what speaks for it.</summary>
internal static class AnswerLikelihood
{
    public const double Threshold = 0.5;

    public static double Of(Question question, Candidate best, bool compared)
    {
        double sum = -4 + 3 * best.CoveredInPassage + 3 * best.CoveredInContext + best.Pairs + (best.Cue ? 0.5 : 0) + (compared ? 2 * best.Similarity : 0.5);
        return 1 / (1 + Math.Exp(-sum)) * (question.Weight > 0 ? 1 : 0);
    }
}
