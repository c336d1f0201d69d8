using AiSaas.Llm.Local.Extractive;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Forwarding;

/// <summary>The built-in models, asked through the same door as providers: a request of their API in, its answer out.</summary>
internal sealed class LocalTarget(ExtractiveChatClient extractive, LocalEmbeddings embeddings)
{
    /// <returns>A whole answer or a whole stream, in the target's API (chat completions or embeddings). It is there at once, so nothing is gained by handing it out in parts.</returns>
    public async Task<byte[]> AnswerAsync(ForwardCall call, IDialect? dialect, string model, CancellationToken cancellation)
    {
        if (call.Api == WireApi.Embeddings)
        {
            return await embeddings.AnswerAsync(call.Body, cancellation).ConfigureAwait(false);
        }

        throw new ModelCallException(new(ModelErrorClass.Unsupported, null, $"{model} can't be used here. {dialect} {extractive}"));
    }
}
