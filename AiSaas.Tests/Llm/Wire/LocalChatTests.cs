using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using AiSaas.Llm.Grounding;
using AiSaas.Llm.Local.Extractive;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Local;
using Microsoft.Extensions.AI;

namespace AiSaas.Tests.Llm.Wire;

public sealed class LocalChatTests
{
    private static LocalChatRequest Read(string request) => LocalChatRequest.Read(Encoding.UTF8.GetBytes(request));

    private static ExtractiveChatClient Model() => new(() => null, DialectDriver.Clock);

    private static readonly string Grounded = JsonValue.Create(GroundedPrompt.UserMessage(
        "When are refunds paid after the return?", [new("Guide", "Refunds", "Refunds are paid within fourteen days after the return. Shipping is not refunded.")]).Text).ToJsonString();

    [Fact]
    public void Roles_texts_and_options_are_read()
    {
        var read = Read("""
            {"model":"x","messages":[{"role":"developer","content":"a"},{"role":"user","content":[{"type":"text","text":"b"},{"type":"text","text":"c"}]},{"role":"assistant","content":null},{"role":"user","content":"d"}],
             "max_tokens":9,"temperature":0.5,"stop":"END","stream":true,"stream_options":{"include_usage":true}}
            """);

        Assert.Equal([ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.User], read.Messages.Select(message => message.Role));
        Assert.Equal(["a", "b\nc", "", "d"], read.Messages.Select(message => message.Text));
        Assert.Equal(9, read.Options.MaxOutputTokens);
        Assert.Equal(["END"], read.Options.StopSequences);
        Assert.True(read.IsStreamed);
        Assert.True(read.IncludesUsage);
    }

    [Fact]
    public async Task Passages_in_the_text_are_quoted_in_a_completion()
    {
        var read = Read($$"""{"messages":[{"role":"user","content":{{Grounded}} }]}""");
        ArrayBufferWriter<byte> output = new();
        LocalChatAnswer.Write(await Model().GetResponseAsync(read.Messages, read.Options), "extractive-1", DialectDriver.Now, output);

        var answer = JsonNode.Parse(output.WrittenSpan)!;
        Assert.Contains("Refunds are paid within fourteen days", (string)answer["choices"]![0]!["message"]!["content"]!, StringComparison.Ordinal);
        Assert.Equal("stop", (string)answer["choices"]![0]!["finish_reason"]!);
        Assert.Equal("extractive-1", (string)answer["model"]!);
        Assert.StartsWith("chatcmpl-extractive-", (string)answer["id"]!, StringComparison.Ordinal);
        Assert.Equal((int)answer["usage"]!["total_tokens"]!, (int)answer["usage"]!["prompt_tokens"]! + (int)answer["usage"]!["completion_tokens"]!);
    }

    [Fact]
    public async Task A_text_file_among_the_parts_is_a_passage()
    {
        string file = Convert.ToBase64String("Refunds are paid within fourteen days after the return. Shipping is not refunded."u8);
        var read = Read($$"""
            {"messages":[{"role":"user","content":[{"type":"file","file":{"filename":"guide.txt","file_data":"data:text/plain;charset=utf-8;base64,{{file}}"} },{"type":"text","text":"When are refunds paid after the return?"}]}]}
            """);

        Assert.Contains("within fourteen days", (await Model().GetResponseAsync(read.Messages)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_passages_there_is_no_answer() =>
        Assert.Equal(ExtractiveChatClient.NoAnswer, (await Model().GetResponseAsync(Read("""{"messages":[{"role":"user","content":"How long?"}]}""").Messages)).Text);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_is_chunks_that_end_in_done(bool includesUsage)
    {
        var read = Read($$"""{"messages":[{"role":"user","content":{{Grounded}} }]}""");
        LocalChatStream stream = new("mo\"del", includesUsage, DialectDriver.Now);
        ArrayBufferWriter<byte> output = new();
        await foreach (var update in Model().GetStreamingResponseAsync(read.Messages))
        {
            stream.Write(update, output);
        }

        stream.Complete(output);

        var frames = DialectDriver.Frames(Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Null(frames[^1].Data);
        Assert.Equal("assistant", (string)frames[0].Data!["choices"]![0]!["delta"]!["role"]!);
        Assert.Contains(
            "fourteen days", string.Concat(frames.Select(frame => (string?)frame.Data?["choices"]?.AsArray().FirstOrDefault()?["delta"]?["content"])), StringComparison.Ordinal);
        Assert.Single(frames.Select(frame => (string?)frame.Data?["id"]).OfType<string>().Distinct());
        Assert.Equal("mo\"del", (string)frames[1].Data!["model"]!);
        Assert.Equal("stop", (string)frames[includesUsage ? ^3 : ^2].Data!["choices"]![0]!["finish_reason"]!);
        Assert.Equal(includesUsage, frames[^2].Data!["usage"] is not null);
        Assert.True(stream.Usage is { IsEstimated: true, Input: > 0, Output: > 0 });
    }

    [Theory]
    [InlineData("\"messages\":[]", "messages")]
    [InlineData("\"messages\":[{\"role\":\"x\"}]", "messages[0].role")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]", "messages[0].content[0]")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_data\":\"data:application/pdf;base64,AA\"}}]}]", "messages[0].content[0]")]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"tool_choice\":\"required\"", "tool_choice")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "response_format")]
    public void What_the_model_cannot_do_is_refused_by_name(string given, string parameter) =>
        Assert.Equal(parameter, Assert.Throws<WireException>(() => Read($$"""{{{given}} }""")).Parameter);
}
