using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval;

namespace AiSaas.Tests.Retrieval;

public sealed class SpaceFusionTests
{
    private static readonly EmbeddingSpace Old = new("old@2", 2, 0.4, 0, null);
    private static readonly EmbeddingSpace New = new("new@3", 3, 0.6, 0, null);
    private static readonly ChunkId A = ChunkId.New(), B = ChunkId.New(), C = ChunkId.New();

    [Fact]
    public void A_passage_counts_by_the_space_it_has_moved_to_and_by_the_old_one_until_then()
    {
        // A is in both, B in the old one alone, C was brought during the move.
        var ranked = SpaceFusion.OfSpaces(
        [
            (Old, [(new(A, 2, 1, .9), .9), (new(B, 1, .5, .5), .5), (new(C, 1, .5, null), .2)]),
            (New, [(new(C, 1, .5, .8), .7), (new(A, 2, 1, .4), .6), (new(B, 1, .5, null), .1)]),
        ]);

        Assert.Equal([(C, .7, "new@3"), (A, .6, "new@3"), (B, .5, "old@2")], ranked.Select(one => (one.Candidate.Id, one.Score, one.Space!.Id)));
    }

    [Fact]
    public void Of_several_phrasings_the_best_score_counts()
    {
        var ranked = SpaceFusion.OfPhrasings(
        [
            [new(new(A, 1, 1, null), .9, null), new(new(B, 1, 1, null), .3, null)],
            [new(new(B, 1, 1, null), .95, null), new(new(C, 1, 1, null), .1, null)],
        ]);

        Assert.Equal([(B, .95), (A, .9), (C, .1)], ranked.Select(one => (one.Candidate.Id, one.Score)));
    }
}
