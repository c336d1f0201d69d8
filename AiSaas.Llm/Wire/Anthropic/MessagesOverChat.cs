using System.Buffers;
using AiSaas.Llm.Wire.Anthropic.FromMessages;

namespace AiSaas.Llm.Wire.Anthropic;

/// <summary>A client of Anthropic's messages at a target of OpenAI's chat completions.</summary>
/// <remarks>
/// <para>Said otherwise there: <c>system</c> is a message; results of tools are messages of their own, their images go to the user's message
/// after them; thoughts in the history are left out; <c>top_k</c>, cache marks and service tiers too. Thinking becomes <c>reasoning_effort</c>
/// only for models whose name tells that they take it, since others refuse the parameter; OpenAI's reasoning models get no sampling
/// parameters for the same reason.</para>
/// <para>Refused by name: Anthropic's own tools (search, code, …), MCP servers, containers, documents by URL or id.</para>
/// <para>Usage is always asked for. A stream that gives none closes with an estimate, since Anthropic's clients cannot do without; whoever must
/// know follows the target's own events with <see cref="Usage.UsageMeter"/>, which then has none.</para>
/// </remarks>
/// <param name="sendsMaxCompletionTokens">Whether the bound is called <c>max_completion_tokens</c>, which OpenAI's newer models demand and
/// most compatible servers don't know.</param>
public sealed class MessagesOverChat(bool sendsMaxCompletionTokens = false) : IDialect
{
    public WireApi Client => WireApi.Messages;

    public WireApi Target => WireApi.ChatCompletions;

    public void WriteRequest(ReadOnlyMemory<byte> request, string model, IBufferWriter<byte> output)
    {
        using var document = WireJson.ParseObject(request, "The request");
        ChatRequestWriter.Write(document.RootElement, model, sendsMaxCompletionTokens, output);
    }

    public void WriteResponse(ReadOnlyMemory<byte> request, ReadOnlyMemory<byte> response, IBufferWriter<byte> output)
    {
        using var document = WireJson.ParseObject(response, "The provider's answer");
        MessageWriter.Write(document.RootElement, request.Span, response.Span, output);
    }

    public IStreamTranslator TranslateStream(ReadOnlyMemory<byte> request) => new EventStream(TokenCount.Estimate(request.Span));
}
