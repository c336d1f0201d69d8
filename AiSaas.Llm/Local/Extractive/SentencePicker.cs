namespace AiSaas.Llm.Local.Extractive;

/// <summary>Chooses and orders one to four sentences.</summary>
internal static class SentencePicker
{
    private const int Most = 4;

    /// <summary>A further sentence needs this share of the best one's score.</summary>
    private const double Near = 0.85;

    /// <summary>Overlapping chunks repeat sentences; so do headers and footers.</summary>
    private const double Same = 0.75;

    /// <summary>And must be this likely to answer by itself: beside a doubtful answer further ones only distract.</summary>
    private const double Likely = 0.6;

    public static IReadOnlyList<Candidate> Pick(Question question, List<Candidate> ranked, bool compared)
    {
        List<Candidate> picked = [];
        var places = ranked.ToDictionary(candidate => (candidate.Passage, candidate.Index));

        // A question for one fact wants it and at most what stands beside it.
        int wanted = question.Expects is Expected.Anything or Expected.Reason or Expected.Definition ? 3 : 2;
        double floor = ranked[0].Score * Near;
        foreach (var candidate in ranked.TakeWhile(candidate => candidate.Score >= floor))
        {
            if (picked.Count >= wanted)
            {
                break;
            }

            bool fits = picked.Count == 0 || AnswerLikelihood.Of(question, candidate, compared) >= Likely;
            if (fits && candidate.Span.Kind != SentenceKind.Heading && !picked.Any(other => Repeats(candidate, other)))
            {
                picked.Add(candidate);
            }
        }

        if (picked.Count == 0)
        {
            picked.Add(ranked[0]);
        }

        AddContext(picked, places);
        int[] order = [.. picked.Select(candidate => candidate.Passage).Distinct()];
        return [.. picked.OrderBy(candidate => Array.IndexOf(order, candidate.Passage)).ThenBy(candidate => candidate.Index).Take(Most + 1)];
    }

    private static void AddContext(List<Candidate> picked, Dictionary<(int, int), Candidate> places)
    {
        var best = picked[0];

        // "They must be renewed yearly." says nothing without the sentence before it.
        if (LeansOnPrevious(best) && places.TryGetValue((best.Passage, best.Index - 1), out var previous) && previous.Span.Kind != SentenceKind.Heading
            && !picked.Contains(previous))
        {
            picked.Insert(1, previous);
        }

        // "You need the following:" is answered by what follows.
        if (best.Text.EndsWith(':'))
        {
            for (int index = best.Index + 1; picked.Count <= Most && places.TryGetValue((best.Passage, index), out var item) && item.Span.Kind == SentenceKind.ListItem; index++)
            {
                if (!picked.Contains(item))
                {
                    picked.Add(item);
                }
            }
        }
    }

    private static bool LeansOnPrevious(Candidate candidate) =>
        candidate.Words is [var first, ..] && first.Text is "It" or "They" or "This" or "These" or "Those" or "Its" or "Their" or "He" or "She" or "His" or "Her";

    private static bool Repeats(Candidate one, Candidate other)
    {
        int shared = one.Stems.Count(other.Stems.Contains);
        return shared >= Same * Math.Min(one.Stems.Count, other.Stems.Count) && shared > 0;
    }
}
