using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Retrieval;

/// <summary>Words that belong together, stop words among them, and names that programs give.</summary>
public sealed class PhraseTests(Stack stack) : IClassFixture<Stack>
{
    private static readonly string[] Texts =
    [
        "A here document is a way to give a command its input inline.",
        "The document describes the printer. The document is here to stay.",
        "To be or not to be, that is the question.",
        "It is not to be sold or to do anything.",
        "The speed of light is constant.",
        "Light travels, and the speed is high.",
        "Fault ERR-4711 comes up in foo_bar of version v10.0.2.",
        "Fault ERR-17 comes up in lot 4711 of bar 10.0 with foo.",
        "Write to anna.berg@example.com about System.Text.Json.",
        "Anna wrote an example to Berg, com and a system of text.",
    ];

    [Theory]
    [InlineData("What is a here document?", 0)]
    [InlineData("to be or not to be", 2)]
    [InlineData("not to be sold", 3)]
    [InlineData("speed of light", 4)]
    [InlineData("ERR-4711", 6)]
    [InlineData("err 4711", 6)]
    [InlineData("foo_bar", 6)]
    [InlineData("10.0.2", 6)]
    [InlineData("v10.0.2", 6)]
    [InlineData("anna.berg@example.com", 8)]
    [InlineData("json", 8)]
    [InlineData("System.Text", 8)]
    public async Task The_passage_with_the_words_together_comes_first(string question, int expected)
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(Texts);

        Assert.Equal(Texts[expected], (await corpus.FindAsync(question)).Passages[0].Text);
    }

    [Theory]
    [InlineData("\"speed of light\"", 4)]
    [InlineData("how high is the “speed is high”", 5)]
    [InlineData("\"to be or not\"", 2)]
    [InlineData("\"foo_bar\"", 6)]
    public async Task What_is_quoted_must_be_there_as_a_phrase(string question, int expected)
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(Texts, embed: true);

        var found = await corpus.Retriever(withModel: true).FindAsync(corpus.Tenant, new(question), TestContext.Current.CancellationToken);

        Assert.Equal([Texts[expected]], found.Passages.Select(passage => passage.Text));
        Assert.Empty((await corpus.FindAsync("\"light of speed\"")).Passages);
        Assert.NotEmpty((await corpus.FindAsync("speed \" \"")).Passages);
    }

    [Fact]
    public async Task Phrases_hold_in_a_tenant_too_large_to_look_at_every_passage()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        string[] filler = [.. Enumerable.Range(0, 5_000).Select(i => $"The document {i} is not the one that you look for{(i % 50 == 0 ? ", come here" : "")}.")];
        await corpus.AddAsync([.. filler, Texts[0], Texts[4], Texts[5]]);

        Assert.Equal(Texts[0], (await corpus.FindAsync("What is a here document?")).Passages[0].Text);
        Assert.Equal([Texts[0]], (await corpus.FindAsync("\"here document\"")).Passages.Select(passage => passage.Text));
        Assert.Equal(Texts[4], (await corpus.FindAsync("speed of light")).Passages[0].Text);
    }
}
