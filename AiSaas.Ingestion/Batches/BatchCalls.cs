using System.Text.Json;
using AiSaas.Core.Batches;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Responses;
using AiSaas.Core.Jobs;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Batches;

/// <summary>What one try of an item came to. A closed type.</summary>
internal abstract record Tried
{
    private Tried()
    {
    }

    /// <summary>There is nothing more to try.</summary>
    public sealed record Settled(ItemResult Result) : Tried;

    /// <summary>Not now: a limit, of ours or of a provider. It does not count as a try.</summary>
    public sealed record Limited(TimeSpan? After) : Tried;

    /// <summary>In vain, and worth trying again.</summary>
    public sealed record InVain(int Tries) : Tried;
}

/// <summary>Asks the gateway for single items, as the batch's submitter would.</summary>
internal sealed class BatchCalls(GatewayEngine engine, CreateResponse responses, IOptions<BatchOptions> options)
{
    /// <summary>The caller's cancellation throws; nothing else does that belongs to an item.</summary>
    public async Task<Tried> TryAsync(JobId batch, GatewayCaller caller, WaitingItem item, CancellationToken cancellation)
    {
        GatewayRequest request = new(CallId.New(), item.Api, caller, item.Request);
        AnswerCatcher answer = new(options.Value.MaxAnswerBytes);
        await AskAsync(request, answer, cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (answer.Head is not { } head)
        {
            return new Tried.InVain(item.Tries + 1);
        }

        string? code = head.Status == 200 ? null : CodeOf(answer.Body);
        return head.Status switch
        {
            200 when answer.IsTooLarge => new Tried.Settled(Refused(
                batch, item, request.Id, new(502, "response_too_large", $"The answer is larger than {options.Value.MaxAnswerBytes >> 20} MB."), head)),
            // A budget may get something back when calls under way turn out cheaper than feared.
            429 when code == "insufficient_quota" && item.Tries + 1 < options.Value.BudgetTries => new Tried.InVain(item.Tries + 1),
            429 when code != "insufficient_quota" => new Tried.Limited(head.RetryAfter),
            408 or >= 500 when item.Tries + 1 < options.Value.ItemTries => new Tried.InVain(item.Tries + 1),
            _ => new Tried.Settled(Result(batch, item, request.Id, head, code, answer.Body.Span)),
        };
    }

    /// <summary>An item that is not even asked.</summary>
    public static ItemResult Refused(JobId batch, WaitingItem item, CallId call, GatewayError error, AnswerHead? head = null) =>
        Result(batch, item, call, (head ?? new(call, error.Status, IsStreamed: false)) with { Status = error.Status }, error.Code, error.Body(item.Api, call).Span);

    private async Task AskAsync(GatewayRequest request, AnswerCatcher answer, CancellationToken cancellation)
    {
        if (request.Api != WireApi.Responses)
        {
            await engine.HandleAsync(request, answer, cancellation);
        }
        else if (await responses.HandleAsync(request, answer, cancellation) is CreateOutcome.Refused(var error))
        {
            await error.SendAsync(request.Api, request.Id, answer, default, cancellation);
        }
    }

    private static ItemResult Result(JobId batch, WaitingItem item, CallId call, AnswerHead head, string? code, ReadOnlySpan<byte> body) => new(
        item.Ordinal, BatchLine.Write(BatchLine.Id(batch, item.Ordinal), item.CustomId, head.Status, call, body), code, head.CostNanos ?? 0,
        head.Usage?.Input ?? 0, head.Usage?.Output ?? 0);

    // OpenAI's errors have a code, Anthropic's a type.
    private static string CodeOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
                ? Text(error, "code") ?? Text(error, "type") ?? "error"
                : "error";
        }
        catch (JsonException)
        {
            return "error";
        }
    }

    private static string? Text(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text.Length > 100 ? text[..100] : text
            : null;
}
