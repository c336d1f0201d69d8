using System.Globalization;
using System.Text.Json;
using AiSaas.Api.Identity;
using AiSaas.Contracts;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AiSaas.Api.Documents;

/// <summary>GET <c>/api/documents/{id}/events</c>: the state at once, then each change, until nothing will change any more.</summary>
/// <remarks>
/// Signals of Redis wake it, a poll makes up for those that are lost. A comment every 15 s keeps proxies from hanging up.
/// A browser reconnects when the stream ends; if its last event was the final state, it gets 204, which ends that.
/// </remarks>
internal static class DocumentEvents
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public static async Task<Results<NoContent, ProblemHttpResult, EmptyHttpResult>> Stream(
        string id, HttpContext http, CurrentUser caller, DocumentLibrary library, ChangeSignals signals,
        IOptions<DocumentsOptions> options, TimeProvider time, IHostApplicationLifetime lifetime, CancellationToken cancellation)
    {
        if (!DocumentId.TryParse(id, CultureInfo.InvariantCulture, out var document))
        {
            return DocumentEndpoints.NotFound();
        }

        await using var watch = await signals.WatchAsync(caller.Tenant, document.Value, cancellation);
        if (await library.FindAsync(caller.Tenant, document, cancellation) is not { } first)
        {
            return DocumentEndpoints.NotFound();
        }

        if (IsFinal(first) && http.Request.Headers["Last-Event-ID"] == EventId(first))
        {
            return TypedResults.NoContent();
        }

        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        // A replica that goes lets its readers go: the browser reconnects to another.
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
        try
        {
            await FollowAsync(http.Response, caller.Tenant, first, library, watch, options.Value.EventPoll, time, leaving.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return TypedResults.Empty;
        }

        return TypedResults.Empty;
    }

    private static async Task FollowAsync(
        HttpResponse response, TenantId tenant, DocumentInfo first, DocumentLibrary library, ChangeWatch watch, TimeSpan poll,
        TimeProvider time, CancellationToken cancellation)
    {
        DocumentId document = new(first.Id);
        DocumentInfo? now = first, sent = null;
        long last = time.GetTimestamp();
        while (now is not null)
        {
            if (now != sent)
            {
                string json = JsonSerializer.Serialize(now, ContractsJson.Default.DocumentInfo);
                await SendAsync(response, $"id: {EventId(now)}\ndata: {json}\n\n", cancellation);
                (sent, last) = (now, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(last) >= Heartbeat)
            {
                await SendAsync(response, ": still here\n\n", cancellation);
                last = time.GetTimestamp();
            }

            if (IsFinal(now))
            {
                return;
            }

            await watch.WaitAsync(poll, cancellation);
            now = await library.FindAsync(tenant, document, cancellation);
        }

        await SendAsync(response, "event: deleted\ndata: {}\n\n", cancellation);
    }

    private static async Task SendAsync(HttpResponse response, string text, CancellationToken cancellation)
    {
        await response.WriteAsync(text, cancellation);
        await response.Body.FlushAsync(cancellation);
    }

    // A long document is ready before its last vector is made: that goes on being shown.
    private static bool IsFinal(DocumentInfo document) =>
        document is { Status: "failed" } or { Status: "ready", Stage: "ready" };

    private static string EventId(DocumentInfo document) => document.UpdatedAt.UtcTicks.ToString(CultureInfo.InvariantCulture);
}
