using System.Buffers;
using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>OpenAI's Responses API for targets that only know chat completions.</summary>
/// <remarks>
/// What has a place in chat completions goes there, members that neither side's rules name are passed on as they are, and what has
/// none (the built-in tools, conversations kept elsewhere) is refused by name. <c>previous_response_id</c> and <c>item_reference</c>
/// are for who keeps responses: by the time a request comes here its input holds the earlier turns. <c>store</c> and
/// <c>background</c> are likewise only repeated to the client; so are <c>metadata</c>, which OpenAI's chat completions refuse
/// unless they are stored there.
/// </remarks>
/// <param name="clock">For <c>created_at</c> where the target gives none, and <c>completed_at</c>.</param>
/// <param name="olderServers">Say <c>max_tokens</c> and <c>system</c> instead of <c>max_completion_tokens</c> and <c>developer</c>:
/// for compatible servers that know no others.</param>
public sealed class ResponsesOverChat(TimeProvider clock, bool olderServers = false) : IDialect
{
    public WireApi Client => WireApi.Responses;

    public WireApi Target => WireApi.ChatCompletions;

    public void WriteRequest(ReadOnlyMemory<byte> request, string model, IBufferWriter<byte> output)
    {
        using var document = WireJson.ParseObject(request, "The request");
        using Utf8JsonWriter writer = new(output, WireJson.Writing);
        new ChatRequest(document.RootElement, olderServers).Write(writer, model);
    }

    public void WriteResponse(ReadOnlyMemory<byte> request, ReadOnlyMemory<byte> response, IBufferWriter<byte> output)
    {
        using var document = WireJson.ParseObject(response, "The answer");
        ResponseDraft draft = new(ResponseEcho.Of(request), clock);
        ChatAnswer.Read(document.RootElement, draft);
        using Utf8JsonWriter writer = new(output, WireJson.Writing);
        draft.End();
        draft.Write(writer);
    }

    IStreamTranslator IDialect.TranslateStream(ReadOnlyMemory<byte> request) => TranslateStream(request);

    /// <inheritdoc cref="IDialect.TranslateStream"/>
    public ResponseStream TranslateStream(ReadOnlyMemory<byte> request) => new(new ResponseDraft(ResponseEcho.Of(request), clock));
}
