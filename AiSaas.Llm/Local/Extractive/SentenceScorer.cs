using AiSaas.Llm.Grounding;

namespace AiSaas.Llm.Local.Extractive;

/// <summary>Finds every sentence's figures. Ranking uses them one way, the decision whether anything fits another.</summary>
internal static class SentenceScorer
{
    /// <summary>Bounds the work: what retrieval hands over is far less.</summary>
    private const int MostPassages = 64, LongestPassage = 20_000;

    public static List<Candidate> Score(Question question, IReadOnlyList<GroundedPassage> passages)
    {
        List<Candidate> candidates = [.. passages.Take(MostPassages).SelectMany(Sentences)];
        Dictionary<string, int> spread = question.Terms.ToDictionary(
            term => term.Stem, term => candidates.Count(candidate => candidate.Stems.Contains(term.Stem)));
        double distinctive = question.Terms.Sum(Distinction);
        var byPassage = candidates.GroupBy(candidate => candidate.Passage).ToDictionary(group => group.Key, group => group.ToList());
        foreach (var (number, sentences) in byPassage)
        {
            HashSet<string> title = Stems(passages[number].Title + " " + passages[number].Section), whole = [.. title];
            whole.UnionWith(sentences.SelectMany(sentence => sentence.Stems));
            HashSet<string> heading = [];
            for (int i = 0; i < sentences.Count; i++)
            {
                var sentence = sentences[i];
                heading = sentence.Span.Kind == SentenceKind.Heading ? [.. sentence.Stems] : heading;
                HashSet<string> context = [.. title, .. heading, .. sentence.Stems, .. i > 0 ? sentences[i - 1].Stems : (IEnumerable<string>)[]];
                sentences[i] = sentence with
                {
                    Covered = Covered(sentence.Stems),
                    CoveredInContext = Covered(context),
                    CoveredInPassage = Covered(whole),
                    Distinctive = question.Terms.Where(term => sentence.Stems.Contains(term.Stem)).Sum(Distinction) / Math.Max(distinctive, 1e-9),
                    Pairs = question.Pairs.Count == 0 ? Covered(sentence.Stems) : Paired(question, sentence.Words),
                    NamesMissing = question.Names.Count == 0 ? 0 : (double)question.Names.Count(name => !whole.Contains(name)) / question.Names.Count,
                    Cue = AnswerCues.Holds(question, sentence.Words, sentence.Text),
                    Adds = sentence.Words.Any(word => !question.Stems.Contains(word.Stem) && !Words.IsStop(word.Text)),
                };
            }
        }

        return [.. byPassage.OrderBy(entry => entry.Key).SelectMany(entry => entry.Value)];

        double Distinction(Term term) => term.Weight * Math.Log(1 + (candidates.Count + 1.0) / (spread[term.Stem] + 1.0));

        double Covered(IReadOnlySet<string> stems) =>
            question.Terms.Where(term => stems.Contains(term.Stem)).Sum(term => term.Weight) / Math.Max(question.Weight, 1e-9);

        IEnumerable<Candidate> Sentences(GroundedPassage passage, int number)
        {
            string text = passage.Text.Length > LongestPassage ? passage.Text[..LongestPassage] : passage.Text;
            return SentenceSplitter.Split(text).Select((span, index) =>
            {
                string sentence = text[span.Start..span.End];
                return new Candidate(number, index, span, sentence, Words.Of(sentence));
            });
        }
    }

    private static HashSet<string> Stems(string text) => [.. Words.Of(text).Where(word => !Words.IsStop(word.Text)).Select(word => word.Stem)];

    private static double Paired(Question question, IReadOnlyList<Word> words) =>
        (double)Question.ContentPairs(words).Distinct().Count(question.Pairs.Contains) / question.Pairs.Count;
}
