using AiSaas.Llm.Wire;

namespace AiSaas.Core.Batches;

/// <summary>One request of a batch, as its line or item says it.</summary>
/// <param name="CustomId">The submitter's own name for it; null where there is none.</param>
/// <param name="Body">A JSON object.</param>
/// <param name="Model">Null where it names none: then it is the batch's.</param>
internal readonly record struct BatchItem(string? CustomId, WireApi Api, ReadOnlyMemory<byte> Body, string? Model);

/// <summary>Where a batch's requests go, by the paths of OpenAI's and Anthropic's APIs.</summary>
public static class BatchUrls
{
    public const string Known = "/v1/chat/completions, /v1/responses, /v1/embeddings, /v1/messages";

    public static bool IsKnown(string? path) => TryParse(path, out _);

    internal static bool TryParse(string? path, out WireApi api)
    {
        (bool known, api) = path switch
        {
            "/v1/chat/completions" => (true, WireApi.ChatCompletions),
            "/v1/responses" => (true, WireApi.Responses),
            "/v1/embeddings" => (true, WireApi.Embeddings),
            "/v1/messages" => (true, WireApi.Messages),
            _ => (false, default),
        };
        return known;
    }
}

/// <summary>Why a batch can't be taken.</summary>
/// <param name="Code">Stable: <c>batch:bad-item</c>.</param>
/// <param name="Message">In words, with the place.</param>
/// <param name="Line">Of a JSONL file, from 1; null where the fault is nowhere in particular.</param>
/// <param name="Item">Of a JSON array, from 0.</param>
/// <param name="Parameter">The member at fault.</param>
public sealed record BatchFault(string Code, string Message, int? Line = null, int? Item = null, string? Parameter = null);

/// <summary>Ends the reading of a batch; caught where the reading began.</summary>
internal sealed class BatchFaultException(BatchFault fault) : Exception(fault.Message)
{
    public BatchFault Fault { get; } = fault;

    public static BatchFaultException Invalid(string message, string? parameter = null) => new(new("batch:invalid", message, Parameter: parameter));
}
