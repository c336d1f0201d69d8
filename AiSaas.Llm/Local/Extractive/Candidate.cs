namespace AiSaas.Llm.Local.Extractive;

/// <summary>A sentence that may answer, with what speaks for it.</summary>
internal sealed record Candidate(int Passage, int Index, SentenceSpan Span, string Text, IReadOnlyList<Word> Words)
{
    public IReadOnlySet<string> Stems { get; } = Words.Select(word => word.Stem).ToHashSet();

    /// <summary>The share of the question's terms, by weight, in the sentence itself.</summary>
    public double Covered { get; init; }

    /// <summary>The same with the headings above it and the sentence before it.</summary>
    public double CoveredInContext { get; init; }

    /// <summary>The same with the whole passage.</summary>
    public double CoveredInPassage { get; init; }

    /// <summary>Like <see cref="Covered"/>, but terms that few of the sentences have count more.</summary>
    public double Distinctive { get; init; }

    /// <summary>The share of the question's names that neither passage nor title has.</summary>
    public double NamesMissing { get; init; }

    /// <summary>The share of the question's neighbouring words that are neighbours here too; of a question with none, <see cref="Covered"/>.</summary>
    public double Pairs { get; init; }

    /// <summary>It holds the kind of thing that was asked for.</summary>
    public bool Cue { get; init; }

    /// <summary>It says something that the question does not.</summary>
    public bool Adds { get; init; }

    /// <summary>Cosine of the embeddings; 0 where there is no embedder.</summary>
    public double Similarity { get; init; }

    public double Score { get; init; }
}
