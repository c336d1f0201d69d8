using AiSaas.Core.Quality;

namespace AiSaas.Tests.Quality;

public sealed class GateTests
{
    private static readonly EvaluationId Run = EvaluationId.New();

    [Fact]
    public void A_figure_that_gets_worse_by_more_than_the_tolerance_closes_the_gate_and_is_named()
    {
        var ids = Ids(4);
        var baseline = Scores(ids, 1, .9, .8, .7);
        var judged = Gate.Judge(Run, baseline, Scores(ids, 1, .9, .8, .5), .01);

        Assert.Equal(Gate.Refused, judged.Verdict);
        Assert.Contains("nDCG@10 0.850 → 0.800", judged.Words, StringComparison.Ordinal);
        var ndcg = judged.Figures.Single(figure => figure.Name == "ndcg");
        Assert.Equal((.85, .8, true), (Math.Round(ndcg.Baseline, 6), Math.Round(ndcg.Draft, 6), ndcg.Worse));
        Assert.True(ndcg.Low <= -.05 && ndcg.High <= 0);
        Assert.False(judged.Figures.Single(figure => figure.Name == "recall").Worse);
    }

    [Theory]
    [InlineData(.05, Gate.Pass)]
    [InlineData(.0499, Gate.Refused)]
    public void Worse_by_the_tolerance_itself_passes(double tolerance, string verdict)
    {
        var ids = Ids(2);

        Assert.Equal(verdict, Gate.Judge(Run, Scores(ids, .9, .8), Scores(ids, .8, .8), tolerance).Verdict);
    }

    [Fact]
    public void Only_questions_that_both_have_in_the_same_version_count()
    {
        var ids = Ids(3);
        var baseline = Scores(ids, .5, .5, .5);
        var draft = Scores(ids, .5, .1, .1);
        draft[1] = draft[1] with { Version = 2 };
        draft[2] = draft[2] with { Skipped = "gone" };

        Assert.Equal(Gate.Pass, Gate.Judge(Run, baseline, draft, .01).Verdict);
        Assert.Equal(Gate.Unguarded, Gate.Judge(Run, baseline, draft[1..], .01).Verdict);
    }

    [Fact]
    public void Citing_less_of_what_is_right_closes_the_gate_even_where_all_that_is_cited_is_accurate()
    {
        var ids = Ids(2);
        var baseline = Scores(ids, 1, 1).ConvertAll(one => one with { Citations = 2, Verified = 2, CitesExpected = true });
        var draft = Scores(ids, 1, 1).ConvertAll(one => one with { Citations = 0, Verified = 0, CitesExpected = false });
        var invented = Scores(ids, 1, 1).ConvertAll(one => one with { Citations = 4, Verified = 1, CitesExpected = true });

        Assert.Contains("cite the right passage", Gate.Judge(Run, baseline, draft, .01).Words, StringComparison.Ordinal);
        Assert.Contains("citation accuracy 1.000 → 0.250", Gate.Judge(Run, baseline, invented, .01).Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_runs_figures_leave_out_what_nothing_could_find()
    {
        var scores = Scores(Ids(3), 1, .5, 0);
        scores[2] = scores[2] with { Skipped = "gone" };
        scores[0] = scores[0] with { Citations = 3, Verified = 2, CitesExpected = true };

        var figures = RunFigures.Of(scores, 8)!;

        Assert.Equal((.75, 2.0 / 3, 1.0), (figures.Ndcg, figures.CitationAccuracy!.Value, figures.CitesExpected!.Value));
        Assert.Null(RunFigures.Of([scores[2]], 8));
    }

    private static GoldenQuestionId[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => GoldenQuestionId.New())];

    private static List<ScoredQuestion> Scores(GoldenQuestionId[] ids, params double[] ndcg) =>
        [.. ids.Select((id, index) => new ScoredQuestion(id, 1, "?", null, 1, new(ndcg[index], 1, 1, 1, 1, 1), null, null, null, 5))];
}
