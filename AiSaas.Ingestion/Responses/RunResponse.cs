using AiSaas.Contracts.Common;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Responses;
using AiSaas.Core.Jobs;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Responses;

namespace AiSaas.Ingestion.Responses;

/// <summary>Makes one background response: asks the gateway as its caller would, writes the events into its log, and keeps what it came to.</summary>
internal sealed class RunResponse(GatewayEngine engine, ResponseTurns turns, ResponseLog logs) : IJobHandler
{
    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        string id = context.Read(ResponseJson.Default.ResponseJob).Id;
        ResponseTask? task = null;
        await context.FencedAsync(async (work, token) => task = await ResponseRows.BeginAsync(work, id, token), cancellation);
        if (task is null)
        {
            return JobOutcome.Done;
        }

        await using var log = await logs.OpenAsync(context.Tenant, task, context.Fence, context.IsFirstLease, cancellation);
        LogSink sink = new(log, BlankResponse.Write(task.Request, id, "in_progress", task.CreatedAt));
        try
        {
            await AnswerAsync(context, task, sink, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (context.CancelReason is not null && sink.End is null)
        {
            await EndAsync(context, task, log, "response.cancelled", BlankResponse.Write(task.Request, id, "cancelled", task.CreatedAt), CancellationToken.None);
            return new JobOutcome.Canceled();
        }
        catch (OperationCanceledException) when (sink.End is not null)
        {
            // The answer was faster.
        }

        return await SettleAsync(context, task, log, sink);
    }

    private async Task AnswerAsync(JobContext context, ResponseTask task, LogSink sink, CancellationToken cancellation)
    {
        using var request = ResponseRequest.Read(task.Request);
        var caller = task.Caller.In(context.Tenant);
        var (earlier, refusal) = await turns.FetchAsync(context.Tenant, caller.User, request, cancellation);
        if (earlier is null)
        {
            sink.Refuse(refusal!);
            return;
        }

        GatewayRequest call = new(CallId.New(), WireApi.Responses, caller, request.ForModel(earlier)) { Cache = task.Caller.Cache };
        await engine.HandleAsync(call, sink, cancellation);
    }

    // From here on nothing is undone: the answer is paid for. The writes have the database's own deadlines.
    private static async Task<JobOutcome> SettleAsync(JobContext context, ResponseTask task, ResponseLogWriter log, LogSink sink)
    {
        if (sink.End is var (type, response))
        {
            await EndAsync(context, task, log, type, response, CancellationToken.None);
            return JobOutcome.Done;
        }

        var error = sink.Refused ?? new(502, "server_error", "The model's answer broke off.");
        Failure failure = new(error.Code.StartsWith("gateway:", StringComparison.Ordinal) ? error.Code : $"gateway:{error.Code}", error.Message);
        // 503 is our own: stores are away, and nothing was asked of anybody.
        if (error is { Status: 429, Code: "rate_limit_exceeded" } or { Status: 503 } && !context.IsLastAttempt)
        {
            await context.FencedAsync((work, token) => ResponseRows.WaitAsync(work, task.Id, token), CancellationToken.None);
            return new JobOutcome.Retry(error.Status == 503 ? ErrorClass.Unavailable : ErrorClass.RateLimited, failure, error.RetryAfter);
        }

        var failed = BlankResponse.Write(task.Request, task.Id, "failed", task.CreatedAt, (error.Code, error.Message));
        await EndAsync(context, task, log, "response.failed", failed, CancellationToken.None);
        return new JobOutcome.Failed(failure);
    }

    private static async Task EndAsync(
        JobContext context, ResponseTask task, ResponseLogWriter log, string type, ReadOnlyMemory<byte> response, CancellationToken cancellation)
    {
        var ended = EndedResponse.Of(response) with { Id = task.Id };
        await context.FencedAsync((work, token) => ResponseRows.EndAsync(work, ended, token), cancellation);
        await log.EndAsync(type, response, cancellation);
    }
}
