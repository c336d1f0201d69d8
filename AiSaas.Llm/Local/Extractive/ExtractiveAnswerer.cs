using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using System.Text.RegularExpressions;
using AiSaas.Llm.Grounding;
using AiSaas.Llm.Local.UseLite;

namespace AiSaas.Llm.Local.Extractive;

/// <summary>Answers a question with sentences of its passages, or not at all.</summary>
/// <remarks>
/// 1. Cut the passages into sentences and find what speaks for each (<see cref="SentenceScorer"/>).
/// 2. Compare the meaning of the most promising ones with the question's, where there is an embedder.
/// 3. Rank; if the best one is not likely enough to answer, say nothing.
/// 4. Take it and what stands by it (<see cref="SentencePicker"/>).
/// </remarks>
internal sealed partial class ExtractiveAnswerer(UseLiteEmbeddingGenerator? embedder)
{
    /// <summary>Embedding takes 2 to 15 ms a sentence; words have already told the hopeless ones apart.</summary>
    private const int MostCompared = 8;

    private readonly WordInformation _information = new(embedder?.Tokenizer);

    public async Task<ExtractiveAnswer> AnswerAsync(GroundedQuestion asked, CancellationToken cancellation)
    {
        var question = Question.Read(asked.Question, _information);
        var ranked = await RankAsync(question, asked, cancellation).ConfigureAwait(false);
        if (ranked is [])
        {
            return ExtractiveAnswer.None(0);
        }

        double confidence = AnswerLikelihood.Of(question, ranked[0], embedder is not null);
        if (confidence < AnswerLikelihood.Threshold)
        {
            return ExtractiveAnswer.None(confidence);
        }

        var picked = SentencePicker.Pick(question, ranked, embedder is not null);
        ExtractiveQuote[] quotes = [.. picked.Select(Quote)];
        return new(quotes, Markdown(picked, quotes), confidence);
    }

    internal async Task<List<Candidate>> RankAsync(Question question, GroundedQuestion asked, CancellationToken cancellation)
    {
        var candidates = SentenceScorer.Score(question, asked.Passages)
            .Where(candidate => question.Terms.Count > 0)
            .Select(candidate => candidate with { Score = Score(candidate) })
            .OrderByDescending(candidate => candidate.Score)
            .ToList();
        if (embedder is not null && candidates.Count > 0)
        {
            await CompareAsync(asked.Question, candidates, cancellation).ConfigureAwait(false);
        }

        return [.. candidates.OrderByDescending(candidate => candidate.Score)];
    }

    private async Task CompareAsync(string question, List<Candidate> candidates, CancellationToken cancellation)
    {
        int count = Math.Min(MostCompared, candidates.Count);
        var vectors = await embedder!.GenerateAsync(
            [question, .. candidates.Take(count).Select(candidate => candidate.Text)], cancellationToken: cancellation).ConfigureAwait(false);
        for (int i = 0; i < count; i++)
        {
            var compared = candidates[i] with { Similarity = TensorPrimitives.Dot(vectors[0].Vector.Span, vectors[i + 1].Vector.Span) };
            candidates[i] = compared with { Score = Score(compared) };
        }
    }

    // Weights found on SQuAD's paragraphs (./bench extractive), rounded.
    private static double Score(Candidate candidate)
    {
        double score = candidate.Distinctive
            + 0.5 * candidate.CoveredInContext
            + 0.6 * candidate.Pairs
            + 0.3 * (candidate.Cue ? 1 : 0)
            + candidate.Similarity
            + 0.15 / (1 + candidate.Passage);
        return score * (candidate.Span.Kind == SentenceKind.Heading ? 0.2 : 1) * (candidate.Adds ? 1 : 0.3);
    }

    // Papers cite by [12] themselves: escaped, or it would read as a citation of our twelfth passage.
    // Sentences in one paragraph; two list items or more as a list again.
    private static string Markdown(IReadOnlyList<Candidate> picked, ExtractiveQuote[] quotes)
    {
        bool list = picked.Count(candidate => candidate.Span.Kind == SentenceKind.ListItem) > 1, inList = false;
        StringBuilder text = new();
        for (int i = 0; i < quotes.Length; i++)
        {
            bool item = list && picked[i].Span.Kind == SentenceKind.ListItem;
            text.Append(item ? i == 0 ? "- " : "\n- " : i == 0 ? "" : inList ? "\n\n" : " ")
                .Append(CultureInfo.InvariantCulture, $"{OwnReference().Replace(quotes[i].Text, @"\[$1\]")} [{quotes[i].Number}]");
            inList = item;
        }

        return text.ToString();
    }

    private static ExtractiveQuote Quote(Candidate candidate) =>
        new(candidate.Passage + 1, candidate.Span.Start, candidate.Span.End, Blanks().Replace(candidate.Text, " "));

    [GeneratedRegex(@"\[(\d{1,3})\]")]
    private static partial Regex OwnReference();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
