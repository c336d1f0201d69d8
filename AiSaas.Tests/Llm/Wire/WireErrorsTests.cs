using System.Buffers;
using System.Text;
using System.Text.Json;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Errors;

namespace AiSaas.Tests.Llm.Wire;

public sealed class WireErrorsTests
{
    private static string Body(WireApi api, int status, string? code, string message, string? parameter = null, string? requestId = null)
    {
        ArrayBufferWriter<byte> output = new();
        WireErrors.WriteBody(api, status, code, message, parameter, requestId, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Frame(WireApi api, int status, string? code, string message, string? requestId = null, long sequence = 0)
    {
        ArrayBufferWriter<byte> output = new();
        WireErrors.WriteStreamError(api, status, code, message, requestId, output, sequence);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    [Theory]
    [InlineData(WireApi.ChatCompletions)]
    [InlineData(WireApi.Responses)]
    [InlineData(WireApi.Embeddings)]
    public void OpenAIs_shape_names_message_type_parameter_and_code(WireApi api) => Assert.Equal(
        """{"error":{"message":"No such \"model\": größe.","type":"not_found_error","param":"model","code":"model_not_found"}}""",
        Body(api, 404, "model_not_found", "No such \"model\": größe.", "model", "req_1"));

    [Fact]
    public void Anthropics_shape_names_type_message_and_request() => Assert.Equal(
        """{"type":"error","error":{"type":"rate_limit_error","message":"Slow down."},"request_id":"req_1"}""",
        Body(WireApi.Messages, 429, "rate_limit_exceeded", "Slow down.", "x", "req_1"));

    [Theory]
    [InlineData(400, null, "invalid_request_error", "invalid_request_error")]
    [InlineData(401, null, "authentication_error", "authentication_error")]
    [InlineData(402, null, "insufficient_quota", "billing_error")]
    [InlineData(403, null, "permission_error", "permission_error")]
    [InlineData(404, null, "not_found_error", "not_found_error")]
    [InlineData(413, null, "invalid_request_error", "request_too_large")]
    [InlineData(422, null, "invalid_request_error", "invalid_request_error")]
    [InlineData(429, null, "rate_limit_error", "rate_limit_error")]
    [InlineData(429, "budget_exceeded", "insufficient_quota", "billing_error")]
    [InlineData(500, null, "server_error", "api_error")]
    [InlineData(502, null, "server_error", "api_error")]
    [InlineData(504, null, "server_error", "timeout_error")]
    [InlineData(529, null, "server_error", "overloaded_error")]
    public void A_status_has_its_type_in_each_shape(int status, string? code, string openAI, string anthropic)
    {
        Assert.Contains($"\"type\":\"{openAI}\"", Body(WireApi.ChatCompletions, status, code, "m"), StringComparison.Ordinal);
        Assert.Contains($"\"error\":{{\"type\":\"{anthropic}\"", Body(WireApi.Messages, status, code, "m"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_in_a_stream_is_that_apis_own_event()
    {
        Assert.Equal(
            "data: {\"error\":{\"message\":\"Gone.\",\"type\":\"server_error\",\"param\":null,\"code\":\"upstream_failed\"}}\n\n",
            Frame(WireApi.ChatCompletions, 502, "upstream_failed", "Gone."));
        Assert.Equal(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Gone.\"},\"request_id\":\"r\"}\n\n",
            Frame(WireApi.Messages, 529, "upstream_failed", "Gone.", "r"));
        Assert.Equal(
            "event: error\ndata: {\"message\":\"Gone.\",\"type\":\"error\",\"param\":null,\"code\":\"upstream_failed\",\"sequence_number\":7}\n\n",
            Frame(WireApi.Responses, 502, "upstream_failed", "Gone.", "r", 7));
    }

    [Theory]
    [InlineData("""{"error":{"message":"m","type":"t","param":null,"code":"c"}}""", "m", "c", "t")]
    [InlineData("""{"error":{"message":"m","type":null,"code":429}}""", "m", "429", null)]
    [InlineData("""{"error":"model 'x' not found"}""", "model 'x' not found", null, null)]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}""", "Overloaded", null, "overloaded_error")]
    [InlineData("""[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[]}}]""", "API key not valid.", "400", "INVALID_ARGUMENT")]
    [InlineData("""{"detail":"Not Found"}""", "Not Found", null, null)]
    [InlineData("""{"detail":[{"loc":["body","model"],"msg":"field required","type":"value_error.missing"}]}""", "field required", null, null)]
    [InlineData("""{"object":"error","message":"too long","type":"BadRequestError","code":400}""", "too long", "400", "BadRequestError")]
    [InlineData("upstream connect error", "upstream connect error", null, null)]
    [InlineData("", "The provider gave no reason.", null, null)]
    [InlineData("<html><h1>502</h1></html>", "The provider answered with a page of HTML instead of an error of its API.", null, null)]
    [InlineData("""{"error":{"message":"cut""", """{"error":{"message":"cut""", null, null)]
    [InlineData("""{"error":{"message":"half \ud83d pair"}}""", "half \ufffd pair", null, null)]
    public void Any_providers_error_is_read(string body, string message, string? code, string? type) =>
        Assert.Equal(new WireError(message, code, type), WireErrors.ReadError(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void A_providers_novel_is_cut()
    {
        string message = WireErrors.ReadError(JsonSerializer.SerializeToUtf8Bytes(new { error = new { message = new string('x', 100_000) } })).Message;

        Assert.Equal(2_000, message.Length);
        Assert.EndsWith("x…", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WireApi.ChatCompletions, """{"error":{"message":"no"}}""", true)]
    [InlineData(WireApi.ChatCompletions, """{"error":"no"}""", true)]
    [InlineData(WireApi.ChatCompletions, """{"choices":[{"message":{"content":"\"error\""}}],"error":null}""", false)]
    [InlineData(WireApi.ChatCompletions, """{"error":{"message":"partial"},"choices":[{}]}""", false)]
    [InlineData(WireApi.ChatCompletions, """{"choices":[{"delta":{"content":"x"}}]}""", false)]
    [InlineData(WireApi.ChatCompletions, "[DONE]", false)]
    [InlineData(WireApi.Responses, """{"object":"response","status":"failed","error":{"message":"x"},"output":[]}""", false)]
    [InlineData(WireApi.Messages, """{"type":"error","error":{"type":"overloaded_error","message":"x"}}""", true)]
    [InlineData(WireApi.Messages, """{"type":"message","content":[{"type":"text","text":"an \"error\""}]}""", false)]
    public void An_error_that_comes_as_an_answer_is_seen(WireApi api, string json, bool isError) =>
        Assert.Equal(isError, WireErrors.TryReadError(api, Encoding.UTF8.GetBytes(json), out _));
}
