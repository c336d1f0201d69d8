using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval;

namespace AiSaas.Tests.Retrieval;

public sealed class NearDuplicatesTests
{
    private const string Refund = "A refund takes five working days from the day on which the parcel reaches our warehouse in Rotterdam, not from the day of posting.";

    [Fact]
    public void The_better_of_two_copies_stays()
    {
        var better = Of(Refund);
        var other = Of("Gifts are refunded to whoever paid for them, and only in full.");

        Assert.Equal([better, other], NearDuplicates.Thin([better, Of(Refund.ToUpperInvariant()), other], 8));
    }

    [Fact]
    public void Two_passages_on_one_subject_both_stay()
    {
        var five = Of("A refund takes five working days.");
        var ten = Of("A refund takes ten working days abroad.");
        var all = Of(Refund + " " + string.Join(' ', Enumerable.Range(0, 100)));

        Assert.Equal([five, ten, all, Of(Refund) with { ChunkId = all.ChunkId }], NearDuplicates.Thin([five, ten, all, Of(Refund) with { ChunkId = all.ChunkId }], 8), Same);
    }

    [Fact]
    public void A_cut_that_lies_inside_a_better_one_goes()
    {
        var document = DocumentId.New();
        var wide = Of("One two three four five six seven eight.") with { DocumentId = document, Start = 0, End = 100 };
        var inside = Of("Something else that overlaps.") with { DocumentId = document, Start = 20, End = 90 };
        var next = Of("What follows on the page.") with { DocumentId = document, Start = 80, End = 180 };

        Assert.Equal([wide, next], NearDuplicates.Thin([wide, inside, next], 8));
        Assert.Equal([wide], NearDuplicates.Thin([wide, inside, next], 1));
    }

    private static bool Same(Passage a, Passage b) => a.Text == b.Text;

    private static Passage Of(string text) =>
        new(ChunkId.New(), DocumentId.New(), CollectionId.New(), "document", null, 1, 0, text.Length, text, 1, null, null);
}
