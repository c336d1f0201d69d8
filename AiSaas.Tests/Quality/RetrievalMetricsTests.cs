using AiSaas.Core.Documents;
using AiSaas.Core.Quality;
using AiSaas.Core.Retrieval;

namespace AiSaas.Tests.Quality;

public sealed class RetrievalMetricsTests
{
    // By hand: 1 / log2(2) = 1; 1 / log2(3) = .6309; 1 / log2(4) = .5; 1 / log2(6) = .3869; 1 / log2(11) = .2891.
    [Theory]
    [InlineData("a", 1, 1, 1, 1, 1.0)]
    [InlineData("-a", 1, .6309, 1, 1, .5)]
    [InlineData("--a", 1, .5, 1, 1, .3333)]
    [InlineData("---------a", 1, .2891, 1, 0, .1)]
    [InlineData("----------a", 1, 0, 0, 0, 0.0)]
    [InlineData("", 1, 0, 0, 0, 0.0)]
    [InlineData("ab", 2, 1, 1, 1, 1.0)]
    // (1 + .5) / (1 + .6309)
    [InlineData("a-b", 2, .9197, 1, 1, 1.0)]
    [InlineData("a", 2, .6131, .5, .5, 1.0)]
    // The same expectation again gains nothing: (1 + .3869) / (1 + .6309 + .5)
    [InlineData("aaaab", 3, .6508, .6667, .6667, 1.0)]
    public void Figures_are_those_computed_by_hand(string hits, int expected, double ndcg, double recall, double atLimit, double reciprocal)
    {
        IReadOnlyList<IReadOnlyCollection<int>> held = [.. hits.Select(hit => hit == '-' ? Array.Empty<int>() : [hit - 'a'])];

        var figures = RetrievalMetrics.Of(held, expected, limit: 8);

        Assert.Equal(ndcg, figures.Ndcg, 0.0001);
        Assert.Equal(recall, figures.Recall, 0.0001);
        Assert.Equal(atLimit, figures.RecallAtLimit, 0.0001);
        Assert.Equal(reciprocal, figures.ReciprocalRank, 0.0001);
    }

    [Fact]
    public void One_hit_that_meets_two_expectations_is_perfect_and_no_more()
    {
        var figures = RetrievalMetrics.Of([[0, 1]], 2, 8);

        Assert.Equal((1.0, 1.0, 2), (figures.Ndcg, figures.Recall, figures.Found));
    }

    [Fact]
    public void Percentiles_are_nearest_ranks_and_intervals_hold_the_mean_and_repeat()
    {
        double[] values = [.. Enumerable.Range(1, 20).Select(number => (double)number)];

        Assert.Equal(10, Spread.Percentile(values, .5));
        Assert.Equal(19, Spread.Percentile(values, .95));
        Assert.Equal(7, Spread.Percentile([7], .95));
        Assert.Equal(0, Spread.Percentile([], .5));
        var interval = Spread.OfMean(values);
        Assert.Equal(interval, Spread.OfMean(values));
        // The mean is 10.5, its standard error 1.29: 1.96 of them either way.
        Assert.InRange(interval.Low, 7.5, 8.5);
        Assert.InRange(interval.High, 12.5, 13.5);
        Assert.Equal((.5, .5), (Spread.OfMean([.5, .5, .5]).Low, Spread.OfMean([.5, .5, .5]).High));
    }

    // The passage is 20 to 70.
    [Theory]
    [InlineData(0, 100, true)]
    [InlineData(30, 40, true)]
    [InlineData(60, 80, true)]
    [InlineData(61, 81, false)]
    [InlineData(70, 90, false)]
    // Longer than the passage: half of the passage counts.
    [InlineData(45, 145, true)]
    [InlineData(46, 146, false)]
    public void A_passage_holds_a_place_when_they_share_half_of_the_shorter(int start, int end, bool holds)
    {
        var document = DocumentId.New();
        Passage passage = new(ChunkId.New(), document, CollectionId.New(), "name", null, 3, 20, 70, "", 1, null, null);
        Place place = new(document, 3, start, end);

        Assert.Equal(holds, place.IsIn(passage));
        Assert.False(place.IsIn(passage with { Page = 4 }));
        Assert.False(place.IsIn(passage with { DocumentId = DocumentId.New() }));
        Assert.True(new Place(document).IsIn(passage));
        Assert.True(new Place(document, 3).IsIn(passage));
    }

    [Fact]
    public void Quotes_are_found_by_their_words_whatever_stands_between_them()
    {
        string page = "Refunds\n\nA  refund takes — five\nworking days. A refund takes time. 返金は五日。";
        QuoteFinder finder = new(["a refund takes five working days", "A refund takes", "返金は五日", "not there", "…"]);

        (int Quote, string Text)[] found = [.. finder.In(page).Select(one => (one.Quote, page[one.Start..one.End])).OrderBy(one => one.Quote)];

        Assert.Equal(
            [(0, "A  refund takes — five\nworking days"), (1, "A  refund takes"), (1, "A refund takes"), (2, "返金は五日")], found);
    }
}
