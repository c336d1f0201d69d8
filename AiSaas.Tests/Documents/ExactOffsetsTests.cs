using System.Text;
using AiSaas.Ingestion.Chunking;
using AiSaas.Llm.Text;
using FsCheck.Fluent;

namespace AiSaas.Tests.Documents;

/// <summary>Whatever the script and the format: a passage is exactly what stands at its offsets, and no letter is lost on the way.</summary>
public sealed class ExactOffsetsTests
{
    private static readonly string[] Sentences =
    [
        "打开盖子之前必须关闭水泵。", "「请先切断电源！」他说。", "هل أغلقت المضخة؟", "افصل الكهرباء أولا.", "Pumppu on suljettava ennen kannen avaamista.",
        "Älä käytä vaurioitunutta johtoa!", "The pump 💧 must be off, e.g. at 3.14 bar.", "👩‍🔧 Call a technician. 👍🏽", "Cafe\u0301 au lait, naïve façade.", "पंप बंद करें।", "ポンプを止めてください。",
    ];

    [Theory]
    [InlineData("a.txt")]
    [InlineData("a.md")]
    [InlineData("a.html")]
    [InlineData("a.csv")]
    [InlineData("a.json")]
    [InlineData("a.docx")]
    public async Task Passages_of_every_format_stand_at_their_offsets_in_every_script(string name)
    {
        var paragraphs = Gen.Choose(1, 30).SelectMany(count => Gen.ArrayOf(Gen.Choose(1, 12).SelectMany(sentences => Gen.ArrayOf(Gen.Elements(Sentences), sentences)), count));
        foreach (var document in Gen.Sample(paragraphs, 12))
        {
            string[] lines = [.. document.Select(sentences => string.Join(' ', sentences))];
            var (pages, _) = await Reading.ParseAsync(name, Write(name, lines));
            Chunker chunker = new("Title", new ChunkingOptions(), new ApproximateTokenCounter());
            List<TextChunk> chunks = [.. pages.SelectMany(page => chunker.Next(page.Number, page.Text, page.Blocks, page.Openings)), .. chunker.End()];

            Assert.All(chunks, chunk => Assert.Equal(
                chunk.Text, pages.Single(page => page.Number == chunk.Page).Text.Substring(chunk.Start, chunk.End - chunk.Start)));
            Assert.All(chunks, chunk => Assert.InRange(chunk.Tokens, 1, new ChunkingOptions().Most));
            Assert.Equal(Letters(string.Concat(lines)), Letters(string.Concat(chunks.Select(chunk => chunk.Text)), name));
        }
    }

    private static string Letters(string text, string name = "") =>
        string.Concat((name == "a.json" ? text.Replace("p: ", "", StringComparison.Ordinal) : text).Where(letter => char.IsLetterOrDigit(letter) || char.IsSurrogate(letter)));

    private static byte[] Write(string name, string[] paragraphs) => name switch
    {
        "a.html" => Encoding.UTF8.GetBytes($"<html><body><main>{string.Concat(paragraphs.Select(text => $"<p>{text}</p>"))}</main></body></html>"),
        "a.csv" => Encoding.UTF8.GetBytes(string.Concat(paragraphs.Select(text => $"\"{text}\"\n"))),
        "a.json" => Encoding.UTF8.GetBytes($"[{string.Join(",\n", paragraphs.Select(text => $"{{\"p\": \"{text}\"}}"))}]"),
        "a.docx" => MiniDocx.Build(string.Concat(paragraphs.Select(text => MiniDocx.Paragraph(text)))),
        _ => Encoding.UTF8.GetBytes(string.Join("\n\n", paragraphs)),
    };
}
