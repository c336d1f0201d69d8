using System.Buffers;
using AiSaas.Llm.Local.Extractive;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Local;

namespace AiSaas.Llm.Forwarding;

/// <summary>The built-in models, asked through the same door as providers: a request of their API in, its answer out.</summary>
internal sealed class LocalTarget(ExtractiveChatClient extractive, LocalEmbeddings embeddings, TimeProvider clock)
{
    /// <returns>A whole answer or a whole stream, in the target's API (chat completions or embeddings). It is there at once, so nothing is gained by handing it out in parts.</returns>
    /// <exception cref="ModelCallException">The request is malformed, or asks for what these models can't do.</exception>
    public Task<byte[]> AnswerAsync(ForwardCall call, IDialect? dialect, string model, CancellationToken cancellation) => call.Api == WireApi.Embeddings
        ? embeddings.AnswerAsync(call.Body, cancellation)
        : ChatAsync(dialect is null ? call.Body : UpstreamRequest.Say(call, model, dialect).WrittenMemory, model, cancellation);

    private async Task<byte[]> ChatAsync(ReadOnlyMemory<byte> body, string model, CancellationToken cancellation)
    {
        var request = Read(body);
        ArrayBufferWriter<byte> output = new();
        if (!request.IsStreamed)
        {
            var response = await extractive.GetResponseAsync(request.Messages, request.Options, cancellation).ConfigureAwait(false);
            LocalChatAnswer.Write(response, model, clock.GetUtcNow(), output);
            return output.WrittenMemory.ToArray();
        }

        // With the usage always: who did not ask for it is not shown it.
        LocalChatStream stream = new(model, includesUsage: true, clock.GetUtcNow());
        await foreach (var update in extractive.GetStreamingResponseAsync(request.Messages, request.Options, cancellation).ConfigureAwait(false))
        {
            stream.Write(update, output);
        }

        stream.Complete(output);
        return output.WrittenMemory.ToArray();
    }

    private static LocalChatRequest Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return LocalChatRequest.Read(body);
        }
        catch (WireException fault)
        {
            throw new ModelCallException(new(ModelErrorClass.Unsupported, null, fault.Message) { Parameter = fault.Parameter });
        }
    }
}
