using System.Text;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;

namespace AiSaas.Tests.Runs;

public sealed class RunPartsTests
{
    [Fact]
    public void Parts_have_the_shapes_of_the_ui_message_stream()
    {
        var id = Guid.Parse("019aa6f0-0000-7000-8000-000000000001");
        Assert.Equal($$"""{"type":"start","messageId":"{{id}}"}""", Json(new StartPart(id)));
        Assert.Equal("""{"type":"start-step"}""", Json(new StartStepPart()));
        Assert.Equal("""{"type":"text-delta","id":"t","delta":"Zürich \"1\"\n"}""", Json(new TextDeltaPart("t", "Zürich \"1\"\n")));
        Assert.Equal(
            """{"type":"data-stage","data":{"stage":"reading","text":"Reading 8 passages","passages":8},"id":"stage"}""",
            Json(new StagePart(new StageData("reading", "Reading 8 passages", Passages: 8))));
        Assert.Equal("""{"type":"finish"}""", Json(new FinishPart()));
    }

    [Fact]
    public void A_transcript_keeps_each_text_in_one_delta_and_drops_what_a_reset_drops()
    {
        RunTranscript transcript = new();
        StreamPart[] written =
        [
            new StartPart(Guid.Empty), new StartStepPart(), new TextStartPart("t"), new TextDeltaPart("t", "no"), new ResetStepPart("x"),
            new TextStartPart("t"), new TextDeltaPart("t", "a"), new TextDeltaPart("t", "b"), new TextDeltaPart("u", "c"),
            new TextDeltaPart("u", "d"), new TextDeltaPart("u", "e"), new TextEndPart("t"),
        ];
        foreach (var part in written)
        {
            transcript.Add(part);
        }

        var (before, step) = transcript.Read();

        Assert.Equal([written[0], written[1]], before);
        Assert.Equal([new TextStartPart("t"), new TextDeltaPart("t", "ab"), new TextDeltaPart("u", "cde"), new TextEndPart("t")], step);
    }

    [Theory]
    [InlineData("1763760000000-0", true)]
    [InlineData("0-1", true)]
    [InlineData("", false)]
    [InlineData("17", false)]
    [InlineData("-1", false)]
    [InlineData("1-", false)]
    [InlineData("1-2-3", false)]
    [InlineData("a-b", false)]
    [InlineData("99999999999999999999-0", false)]
    public void A_position_is_two_numbers(string text, bool isOne)
    {
        Assert.Equal(isOne, RunEventId.TryParse(text, out var id));
        Assert.Equal(isOne ? text : "0-0", id.ToString());
    }

    private static string Json(StreamPart part) => Encoding.UTF8.GetString(StreamJson.Write(part));
}
