using System.Text;
using AiSaas.Llm.Forwarding;
using AiSaas.Llm.Wire;

namespace AiSaas.Tests.Llm.Forwarding;

public sealed class RequestEnvelopeTests
{
    private static RequestEnvelope Read(string json) => RequestEnvelope.Read(Encoding.UTF8.GetBytes(json));

    [Fact]
    public void Reads_what_routing_and_accounting_need()
    {
        var envelope = Read("""{"n":2,"unknown":{"model":"inner"},"model":"gpt-x","stream":true,"stream_options":{"other":1,"include_usage":true},"max_completion_tokens":77,"seed":4}""");

        Assert.Equal("gpt-x", envelope.Model);
        Assert.True(envelope.IsStreamed);
        Assert.True(envelope.AsksForUsage);
        Assert.Equal(77, envelope.MaxOutputTokens);
        Assert.Equal(2, envelope.Answers);
        Assert.True(envelope.IsDeterministic);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"model":"a"}x""")]
    [InlineData("""{"model":7}""")]
    [InlineData("""{"model":"\ud83d"}""")]
    [InlineData("""{"\ud83d":1,"model":"a"}""")]
    [InlineData("""{"messages":[]}""")]
    [InlineData("""{"model":"a","model":"b"}""")]
    public void Refuses_what_it_cannot_route(string json) => Assert.Throws<WireException>(() => Read(json));

    [Theory]
    [InlineData("""{"model":"m","stream":true}""", """{"stream_options":{"include_usage":true},"model":"target","stream":true}""")]
    [InlineData("""{"stream":true,"stream_options":{},"model":"m"}""", """{"stream":true,"stream_options":{"include_usage":true},"model":"target"}""")]
    [InlineData("""{"stream":true,"stream_options":{"include_usage": false,"x":1},"model":"m"}""", """{"stream":true,"stream_options":{"include_usage": true,"x":1},"model":"target"}""")]
    [InlineData("""{"stream":true,"stream_options":{"x":1},"model":"m"}""", """{"stream":true,"stream_options":{"include_usage":true,"x":1},"model":"target"}""")]
    [InlineData("""{"stream":true,"stream_options":null,"model":"m"}""", """{"stream":true,"stream_options":{"include_usage":true},"model":"target"}""")]
    [InlineData("""{ "model" : "m" , "emoji":"\ud83d\ude00 é", "future_field" : [1, 2 ,3] }""", """{ "model" : "target" , "emoji":"\ud83d\ude00 é", "future_field" : [1, 2 ,3] }""")]
    public async Task Goes_on_byte_for_byte_save_for_the_model_and_the_wish_for_usage(string sent, string expected)
    {
        ReadOnlyMemory<byte> body = Encoding.UTF8.GetBytes(sent);
        using var request = UpstreamRequest.Of(
            new(WireApi.ChatCompletions, body, RequestEnvelope.Read(body.Span), Targets.Route("target"), Targets.NoSink), Targets.Attempt("target"), WireApi.ChatCompletions, dialect: null);

        Assert.Equal(expected, await request.Content!.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_bound_on_the_output_goes_in_front()
    {
        ReadOnlyMemory<byte> body = Encoding.UTF8.GetBytes("""{"model":"m"}""");
        using var request = UpstreamRequest.Of(
            new(WireApi.ChatCompletions, body, RequestEnvelope.Read(body.Span), Targets.Route("target"), Targets.NoSink) { OutputTokenBound = 16 },
            Targets.Attempt("target"), WireApi.ChatCompletions, dialect: null);

        Assert.Equal("""{"max_tokens":16,"model":"target"}""", await request.Content!.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
