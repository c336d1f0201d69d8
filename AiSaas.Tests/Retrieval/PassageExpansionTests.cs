using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval;
using AiSaas.Llm.Text;
using FsCheck;
using FsCheck.Fluent;

namespace AiSaas.Tests.Retrieval;

public sealed class PassageExpansionTests
{
    private static readonly DocumentId Document = DocumentId.New();

    [Fact]
    public void A_passage_is_read_with_its_neighbours_in_their_order_and_keeps_its_own_place()
    {
        var (chunks, passages) = Run(5, hits: [2]);

        var expanded = Assert.Single(PassageExpansion.Expand(passages, chunks, new()));

        Assert.Equal([-2, -1, 1, 2], expanded.Neighbours.Select(neighbour => neighbour.Offset));
        Assert.Equal(string.Join("\n\n", Enumerable.Range(0, 5).Select(Text)), expanded.Context);
        Assert.Equal((passages[0].Text, passages[0].Start, passages[0].End), (expanded.Text, expanded.Start, expanded.End));
    }

    [Fact]
    public void Nothing_is_sent_twice_where_passages_are_neighbours()
    {
        var (chunks, passages) = Run(7, hits: [2, 4, 3]);

        var expanded = PassageExpansion.Expand(passages, chunks, new());

        Assert.Equal([[-2, -1], [1, 2], []], expanded.Select(passage => passage.Neighbours.Select(neighbour => neighbour.Offset)));
    }

    [Fact]
    public void Whatever_the_result_no_chunk_is_sent_twice_none_is_skipped_and_the_budgets_hold()
    {
        var cases = Gen.Choose(1, 20).SelectMany(count => Gen.ArrayOf(Gen.Choose(0, count - 1)).SelectMany(hits => Gen.Choose(0, 400).Select(budget => (count, hits, budget))));
        Prop.ForAll(Arb.From(cases), one =>
        {
            var (chunks, passages) = Run(one.count, [.. one.hits.Distinct()]);
            ContextBudget budget = new(one.budget / 3, one.budget);

            var expanded = PassageExpansion.Expand(passages, chunks, budget);

            Assert.Equal(passages.Select(passage => passage.ChunkId), expanded.Select(passage => passage.ChunkId));
            var sent = expanded.SelectMany(passage => passage.Neighbours.Select(neighbour => neighbour.ChunkId).Append(passage.ChunkId)).ToList();
            Assert.Equal(sent.Count, sent.Distinct().Count());
            Assert.All(expanded, passage => Assert.Equal(
                Enumerable.Range(passage.Neighbours.Count(n => n.Offset < 0) * -1, passage.Neighbours.Count + 1).Where(offset => offset != 0),
                passage.Neighbours.Select(neighbour => neighbour.Offset)));
            Assert.All(expanded.Where(passage => passage.Neighbours.Count > 0), passage => Assert.InRange(Tokens(passage), 0, budget.PassageTokens));
            Assert.True(expanded.TrueForAll(passage => passage.Neighbours.Count == 0) || expanded.Sum(Tokens) <= budget.TotalTokens);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void A_sentence_that_a_page_tore_goes_on_where_it_was_torn()
    {
        var (_, passages) = Run(1, hits: [0]);
        Neighbour torn = new(ChunkId.New(), 1, null, 2, 0, 10, "of the day.", null);

        Assert.EndsWith("at noon of the day.", (passages[0] with { Text = "It is at noon", Neighbours = [torn] }).Context, StringComparison.Ordinal);
    }

    private static int Tokens(Passage passage) => TokenEstimate.Of(passage.Text) + passage.Neighbours.Sum(neighbour => TokenEstimate.Of(neighbour.Text));

    private static string Text(int ordinal) => $"Chunk number {ordinal} says what it says.";

    private static (Dictionary<(Guid, int), Neighbour> Chunks, List<Passage> Passages) Run(int count, int[] hits)
    {
        var chunks = Enumerable.Range(0, count).ToDictionary(
            ordinal => (Document.Value, ordinal),
            ordinal => new Neighbour(ChunkId.New(), 0, null, 1, ordinal * 100, (ordinal * 100) + Text(ordinal).Length, Text(ordinal), null));
        return (chunks, [.. hits.Select(hit => chunks[(Document.Value, hit)]).Select(chunk => new Passage(
            chunk.ChunkId, Document, CollectionId.New(), "a.txt", null, 1, chunk.Start, chunk.End, chunk.Text, 1, null, null))]);
    }
}
