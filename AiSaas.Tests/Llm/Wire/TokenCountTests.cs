using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Anthropic;

namespace AiSaas.Tests.Llm.Wire;

public sealed class TokenCountTests
{
    private static long Count(string text) => TokenCount.Estimate(Encoding.UTF8.GetBytes($$$"""{"messages":[{"role":"user","content":"{{{text}}}"}]}"""));

    [Fact]
    public void The_answer_is_a_count()
    {
        ArrayBufferWriter<byte> output = new();
        TokenCount.Write("""{"model":"m","messages":[{"role":"user","content":"Hello, world"}]}"""u8.ToArray(), output);

        Assert.InRange((long)JsonNode.Parse(output.WrittenSpan)!["input_tokens"]!, 5, 20);
    }

    [Fact]
    public void Text_counts_by_its_script()
    {
        Assert.InRange(Count(string.Concat(Enumerable.Repeat("The quick brown fox jumps. ", 100))), 600, 850);
        Assert.InRange(Count(new string('返', 1_000)), 1_000, 1_020);
        Assert.InRange(Count(string.Concat(Enumerable.Repeat("дом ", 1_000))), 1_500, 2_200);
    }

    [Fact]
    public void An_image_is_flat_whatever_its_bytes()
    {
        string image = new('A', 1_000_000);
        long tokens = TokenCount.Estimate(Encoding.UTF8.GetBytes($$$"""
            {"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{image}}}"} },{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{image}}}"} }]}]}
            """));

        Assert.InRange(tokens, 3_200, 3_300);
    }

    [Fact]
    public void What_is_no_request_is_refused() =>
        Assert.Throws<WireException>(() => TokenCount.Write("nonsense"u8.ToArray(), new ArrayBufferWriter<byte>()));
}
