using System.Buffers;
using AiSaas.Llm.Wire.Anthropic.FromChat;

namespace AiSaas.Llm.Wire.Anthropic;

/// <summary>A client of OpenAI's chat completions at a target of Anthropic's.</summary>
/// <remarks>
/// <para>Said otherwise there: system and developer messages go to <c>system</c> wherever they stand; turns of one role in a row are one
/// turn; <c>max_tokens</c> is 8,192 where none is given, as Anthropic demands one (32,768 for models that think by themselves); temperature ends at 1; what a model no longer takes is
/// left out (see <see cref="ClaudeModel"/>); <c>strict</c> of tools is dropped, as in Anthropic's own layer.
/// Models that cannot be forced to call a tool are told to, in the system prompt.</para>
/// <para>Refused by name: <c>n</c> above 1, log probabilities, audio, files by id, web search, custom tools. Other unknown members are ignored.</para>
/// <para>A last message of the assistant's is a prefill, without the white space at its end that Anthropic refuses; models from 4.6 on refuse any prefill.</para>
/// <para>A long static beginning (tools and system) is marked for the prompt cache unless the request marks something itself.</para>
/// </remarks>
/// <param name="clock">Dates the answers.</param>
public sealed class ChatOverMessages(TimeProvider clock) : IDialect
{
    /// <summary>The tool by which models without structured output give theirs; never seen by the client.</summary>
    internal const string JsonTool = "give_json_answer";

    public WireApi Client => WireApi.ChatCompletions;

    public WireApi Target => WireApi.Messages;

    public void WriteRequest(ReadOnlyMemory<byte> request, string model, IBufferWriter<byte> output)
    {
        using var document = WireJson.ParseObject(request, "The request");
        RequestWriter.Write(document.RootElement, request.Span, model, output);
    }

    public void WriteResponse(ReadOnlyMemory<byte> request, ReadOnlyMemory<byte> response, IBufferWriter<byte> output)
    {
        using var document = WireJson.ParseObject(response, "The provider's answer");
        ResponseWriter.Write(document.RootElement, response.Span, clock.GetUtcNow(), output);
    }

    public IStreamTranslator TranslateStream(ReadOnlyMemory<byte> request) =>
        new ChunkStream(StreamOptions.IncludesUsage(request), clock.GetUtcNow());
}
