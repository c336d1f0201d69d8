using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Retrieval;

/// <summary>The scores that Postgres computes, against the formula by hand.</summary>
public sealed class Bm25Tests(Stack stack) : IClassFixture<Stack>
{
    // N = 4 passages of 3, 2, 4 and 3 words: 3 on average.
    private static readonly string[] Passages = ["apple banana cherry", "apple apple", "banana banana banana date", "fig grape melon"];

    [Fact]
    public async Task Scores_are_those_of_the_formula()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(Passages);

        var found = await corpus.FindAsync("apple banana");

        // apple and banana are in two of four passages each: idf = ln(1 + (4 - 2 + .5) / (2 + .5)) = ln 2.
        double idf = Math.Log(2);
        Dictionary<string, double> expected = new()
        {
            [Passages[0]] = 2 * idf * Saturated(frequency: 1, length: 3),
            [Passages[1]] = idf * Saturated(frequency: 2, length: 2),
            [Passages[2]] = idf * Saturated(frequency: 3, length: 4),
        };
        Assert.Equal(expected.OrderByDescending(pair => pair.Value).Select(pair => pair.Key), found.Passages.Select(passage => passage.Text));
        Assert.All(found.Passages, passage => Assert.Equal(expected[passage.Text], passage.Lexical!.Value, 1e-6));
        Assert.Equal([1, .5, .5], found.Passages.Select(passage => Math.Round(passage.Coverage, 6)));
        Assert.Equal(1, found.Passages[0].Score);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(63)]
    public async Task A_terms_frequency_is_read_back_exactly_from_its_rank(int frequency)
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync([string.Join(' ', Enumerable.Repeat("apple", frequency)), "banana"]);

        var found = await corpus.FindAsync("apple");

        double idf = Math.Log(1 + (1.5 / 1.5));
        Assert.Equal(idf * Saturated(frequency, frequency, average: (frequency + 1) / 2.0), Assert.Single(found.Passages).Lexical!.Value, 1e-6);
    }

    [Fact]
    public async Task The_header_counts_but_is_not_quoted()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(["Allow five working days."], header: "Handbook › Refunds");
        await corpus.AddAsync(["Bring the receipt."], header: "Handbook › Warranty");

        var found = await corpus.FindAsync("How long does a refund take?");

        Assert.Equal("Allow five working days.", Assert.Single(found.Passages).Text);
    }

    [Fact]
    public async Task Hyphens_and_slashes_separate_words()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(["The boundary-layer grows.", "Fault ORA-00942 means the table is missing.", "Choose red and/or blue."]);

        Assert.Equal("The boundary-layer grows.", (await corpus.FindAsync("boundary layer")).Passages[0].Text);
        Assert.StartsWith("Fault", (await corpus.FindAsync("00942")).Passages[0].Text, StringComparison.Ordinal);
        Assert.StartsWith("Choose", (await corpus.FindAsync("blue-red")).Passages[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_language_has_its_own_stems_and_statistics()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(["She was running home.", "The cat sleeps."]);
        await corpus.AddAsync(["Die Häuser stehen am Fluss.", "Der Hund schläft."], language: "german");
        await corpus.AddAsync(["返品は五日以内です。", "The form 返品 is here."], language: "simple");

        Assert.Equal("She was running home.", (await corpus.FindAsync("run")).Passages[0].Text);
        Assert.Equal("Die Häuser stehen am Fluss.", (await corpus.FindAsync("Haus")).Passages[0].Text);
        // Inside a sentence without spaces as well.
        Assert.Equal(2, (await corpus.FindAsync("返品")).Passages.Count);
        await Corpus.AssertStatisticsAsync(stack);
    }

    private static double Saturated(int frequency, int length, double average = 3) =>
        2.2 * frequency / (frequency + (1.2 * (.25 + (.75 * length / average))));
}
