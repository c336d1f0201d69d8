using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval;

namespace AiSaas.Tests.Retrieval;

public sealed class ScoreFusionTests
{
    private static readonly EmbeddingSpace Space = new("space", 512, Weight: .4, Unrelated: null, Related: null);

    [Fact]
    public void Scores_are_stretched_among_the_candidates_and_weighed()
    {
        var best = Of(10, .2);
        var near = Of(5, .6);
        var nothing = Of(0, .4);

        var ranked = ScoreFusion.Rank([nothing, near, best], Space);

        Assert.Equal([near, best, nothing], ranked.Select(one => one.Candidate));
        Assert.Equal([.7, .6, .2], ranked.Select(one => Math.Round(one.Score, 9)));
    }

    [Fact]
    public void A_space_that_knows_what_unrelated_texts_score_starts_there()
    {
        var ranked = ScoreFusion.Rank([Of(10, .2), Of(5, .6), Of(0, -.1)], Space with { Unrelated = .1 });

        Assert.Equal([.7, .68, 0], ranked.Select(one => Math.Round(one.Score, 9)));
    }

    [Fact]
    public void Without_a_common_word_only_enough_meaning_is_worth_showing()
    {
        var words = Of(1, .1);
        var meaning = Of(0, .5);

        Assert.Equal([meaning, words], ScoreFusion.Rank([words, meaning, Of(0, .3), Of(0, null)], Space with { Related = .4, Weight = .9 }).Select(one => one.Candidate));
    }

    [Fact]
    public void A_candidate_without_a_vector_competes_by_its_words()
    {
        var words = Of(10, null);
        var both = Of(2, .9);

        Assert.Equal([words, both], ScoreFusion.Rank([both, words, Of(0, .1)], Space).Take(2).Select(one => one.Candidate));
    }

    [Fact]
    public void Without_any_vector_words_weigh_all()
    {
        var ranked = ScoreFusion.Rank([Of(3, null), Of(6, null)], Space);

        Assert.Equal([1, .5], ranked.Select(one => one.Score));
    }

    [Fact]
    public void Nothing_that_can_be_told_apart_scores_nothing()
    {
        Assert.Empty(ScoreFusion.Rank([], Space));
        Assert.Empty(ScoreFusion.Rank([], null));
        Assert.Equal([0, 0], ScoreFusion.Rank([Of(0, .5), Of(0, .5)], Space).Select(one => one.Score));
    }

    private static Candidate Of(double lexical, double? cosine) => new(ChunkId.New(), lexical, 0, cosine);
}
