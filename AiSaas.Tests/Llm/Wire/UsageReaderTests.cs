using System.Text;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Tests.Llm.Wire;

public sealed class UsageReaderTests
{
    private static TokenUsage? Read(WireApi api, string body) =>
        UsageReader.TryRead(api, Encoding.UTF8.GetBytes(body), out var usage) ? usage : null;

    [Fact]
    public void Chat_usage_has_its_details() => Assert.Equal(
        new TokenUsage(20, 9, CachedInput: 8, Reasoning: 4),
        Read(WireApi.ChatCompletions, """
            {"id":"x","choices":[{"message":{"content":"\"usage\": no","usage":{"prompt_tokens":99}}}],"usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29,
             "prompt_tokens_details":{"cached_tokens":8,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":4,"accepted_prediction_tokens":0}}}
            """));

    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15,"prompt_cache_hit_tokens":10,"prompt_cache_miss_tokens":2}}""", 12, 3, 10, 0)]
    [InlineData("""{"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":45}}""", 12, 33, 0, 0)]
    [InlineData("""{"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":45,"completion_tokens_details":{"reasoning_tokens":30}}}""", 12, 33, 0, 30)]
    [InlineData("""{"usage":{"prompt_tokens":12.0,"completion_tokens":null,"prompt_tokens_details":null,"completion_tokens_details":null}}""", 12, 0, 0, 0)]
    [InlineData("""{"usage":{"prompt_tokens":-4,"completion_tokens":"7","total_tokens":[1,{"prompt_tokens":3}]}}""", 0, 0, 0, 0)]
    public void Dialects_of_chat_usage_are_read(string body, long input, long output, long cached, long reasoning) =>
        Assert.Equal(new TokenUsage(input, output, cached, Reasoning: reasoning), Read(WireApi.ChatCompletions, body));

    [Fact]
    public void Responses_usage_is_read_from_the_body_and_from_the_last_event()
    {
        const string Usage = """{"input_tokens":20,"input_tokens_details":{"cached_tokens":5},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":27}""";
        TokenUsage expected = new(20, 7, CachedInput: 5, Reasoning: 2);

        Assert.Equal(expected, Read(WireApi.Responses, $$"""{"id":"resp_1","object":"response","usage":{{Usage}}}"""));
        Assert.Equal(expected, Read(WireApi.Responses, $$$"""{"type":"response.completed","response":{"id":"resp_1","error":null,"usage":{{{Usage}}}}}"""));
        Assert.Null(Read(WireApi.Responses, """{"type":"response.created","response":{"id":"resp_1","usage":null}}"""));
    }

    [Fact]
    public void Embeddings_usage_is_input_only() =>
        Assert.Equal(new TokenUsage(8, 0), Read(WireApi.Embeddings, """{"object":"list","data":[{"embedding":[0.1]}],"usage":{"prompt_tokens":8,"total_tokens":8}}"""));

    [Fact]
    public void Anthropics_parts_add_up_to_the_input() => Assert.Equal(
        new TokenUsage(12 + 8 + 30, 5, CachedInput: 8, CacheWrite: 30, Reasoning: 2) { CacheWriteLong = 10 },
        Read(WireApi.Messages, """
            {"type":"message","usage":{"input_tokens":12,"cache_creation_input_tokens":30,"cache_read_input_tokens":8,
             "cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10},"output_tokens":5,"output_tokens_details":{"thinking_tokens":2},"service_tier":"standard"}}
            """));

    [Theory]
    [InlineData("")]
    [InlineData("[DONE]")]
    [InlineData("{}")]
    [InlineData("{\"usage\":null}")]
    [InlineData("{\"usage\":{}}")]
    [InlineData("{\"usage\":[]}")]
    [InlineData("[{\"usage\":{\"prompt_tokens\":1}}]")]
    [InlineData("{\"usage\":{\"prompt_tokens\":1")]
    public void What_gives_no_usage_is_no_usage(string body) => Assert.Null(Read(WireApi.ChatCompletions, body));

    [Fact]
    public void A_stream_of_anthropics_is_counted_from_its_start_and_its_end()
    {
        UsageMeter meter = new(WireApi.Messages);
        Observe(ref meter, """{"type":"message_start","message":{"id":"m","content":[],"usage":{"input_tokens":12,"cache_read_input_tokens":8,"cache_creation_input_tokens":0,"output_tokens":1}}}""");
        Assert.Equal(new TokenUsage(20, 1, CachedInput: 8), meter.Usage);
        Assert.False(meter.IsFinal);

        Observe(ref meter, """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"the \"usage\" of words"}}""");
        Assert.False(meter.IsFinal);

        Observe(ref meter, """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}""");
        Assert.Equal(new TokenUsage(20, 5, CachedInput: 8), meter.Usage);
        Assert.True(meter.IsFinal);
    }

    [Fact]
    public void A_start_that_counts_nothing_is_made_good_by_the_end()
    {
        UsageMeter meter = new(WireApi.Messages);
        Observe(ref meter, """{"type":"message_start","message":{"usage":{"input_tokens":0,"output_tokens":0}}}""");
        Observe(ref meter, """{"type":"message_delta","delta":{},"usage":{"input_tokens":40,"output_tokens":5,"cache_read_input_tokens":4}}""");

        Assert.Equal(new TokenUsage(44, 5, CachedInput: 4), meter.Usage);
    }

    [Fact]
    public void A_chat_stream_is_counted_once_however_often_it_reports()
    {
        UsageMeter meter = new(WireApi.ChatCompletions);
        Assert.Null(meter.Usage);
        Observe(ref meter, """{"choices":[{"delta":{"content":"a"}}],"usage":null}""");
        Assert.Null(meter.Usage);
        Observe(ref meter, """{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""");
        Observe(ref meter, """{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""");

        Assert.Equal(new TokenUsage(3, 2), meter.Usage);
        Assert.True(meter.IsFinal);
    }

    [Fact]
    public void Reading_does_not_allocate()
    {
        byte[] data = """{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1}}}"""u8.ToArray();
        UsageMeter meter = new(WireApi.ChatCompletions);
        meter.Observe(data);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            meter.Observe(data);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Observe(ref UsageMeter meter, string data) => meter.Observe(Encoding.UTF8.GetBytes(data));
}
