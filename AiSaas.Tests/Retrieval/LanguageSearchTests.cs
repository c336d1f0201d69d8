using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Retrieval;

/// <summary>Words are found in whatever language they stand, asked without saying which.</summary>
public sealed class LanguageSearchTests(Stack stack) : IClassFixture<Stack>
{
    [Theory]
    [InlineData("finnish", "Talossamme oli kolme kissaa ja koira.", "kissat")]
    [InlineData("arabic", "الكتب على الطاولة في المكتبة الكبيرة", "المكتبات")]
    [InlineData("russian", "Принтеры стоят в больших кабинетах.", "принтер")]
    [InlineData("turkish", "Kitaplar masanın üstünde duruyor.", "kitap")]
    [InlineData("german", "Die Häuser stehen am Fluss.", "Haus am Fluß")]
    [InlineData("japanese", "東京都庁は新宿にあります。水は青い。", "都庁はどこですか")]
    [InlineData("japanese", "東京都庁は新宿にあります。水は青い。", "水")]
    [InlineData("chinese", "打开盖子之前必须关闭水泵。", "怎么关闭水泵？")]
    [InlineData("korean", "프린터는 이층 사무실에 있습니다.", "사무실")]
    [InlineData("thai", "เครื่องพิมพ์อยู่ในสำนักงานชั้นสอง", "สำนักงาน")]
    [InlineData("simple", "Zażółć gęślą jaźń w ﬁlmie.", "filmie")]
    public async Task A_passage_is_found_by_other_forms_of_its_words(string language, string text, string question)
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync(["The office is closed on Sundays.", "Nothing else of note."]);
        await corpus.AddAsync([text], language: language);

        Assert.Equal(text, Assert.Single((await corpus.FindAsync(question)).Passages).Text);
        await Corpus.AssertStatisticsAsync(stack);
    }

    [Fact]
    public async Task A_language_of_few_passages_does_not_outshout_the_others()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await corpus.AddAsync([.. Enumerable.Range(0, 200).Select(i => $"Entry {i} is about the weather.")]);
        await corpus.AddAsync(["The refund for the entry takes five days and goes to the giver."]);
        await corpus.AddAsync(["Il n'y a rien ici, entry."], language: "french");

        // "entry" is in one of one French passages, and in nearly all of the tenant's.
        Assert.StartsWith("The refund", (await corpus.FindAsync("entry refund")).Passages[0].Text, StringComparison.Ordinal);
        Assert.True((await corpus.FindAsync("entry")).Passages.All(passage => passage.Lexical < 1));
    }
}
