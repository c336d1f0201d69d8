using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using AiSaas.Contracts.Chat;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiSaas.Tests.Web.FakeApi;

public sealed partial class FakeApi
{
    private readonly Dictionary<Guid, FakeRun> _runs = [];
    private CancellationTokenSource _connections = new();

    /// <summary>The log of one answer: everybody who reads gets the same, from any position.</summary>
    private sealed class FakeRun(Guid id, TimeProvider time)
    {
        private readonly Lock _gate = new();
        private readonly List<string> _log = [];
        private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Guid Id => id;

        public string Status { get; set; } = "queued";

        public Task Writing { get; set; } = Task.CompletedTask;

        /// <summary>Canceled when somebody presses Stop.</summary>
        public CancellationTokenSource Stop { get; } = new(Timeout.InfiniteTimeSpan, time);

        public void Write(string data)
        {
            lock (_gate)
            {
                _log.Add(data);
                _grown.SetResult();
                _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public async IAsyncEnumerable<(int Position, string Data)> ReadAsync(
            int after, [EnumeratorCancellation] CancellationToken cancellation)
        {
            for (int at = after; ; at++)
            {
                Task grown;
                string? data;
                lock (_gate)
                {
                    data = at < _log.Count ? _log[at] : null;
                    grown = _grown.Task;
                }

                if (data is null)
                {
                    await grown.WaitAsync(cancellation);
                    at--;
                    continue;
                }

                yield return (at + 1, data);
                if (data == "[DONE]")
                {
                    yield break;
                }
            }
        }
    }

    /// <summary>Cuts every stream that is being read, as a dying api would.</summary>
    public async Task DropConnectionsAsync()
    {
        var dropped = Interlocked.Exchange(ref _connections, new CancellationTokenSource());
        await dropped.CancelAsync();
    }

    private void MapRuns(RouteGroupBuilder api)
    {
        api.MapGet("/runs/{id:guid}", (Guid id, HttpContext http) => WithAccount(http, _ => _runs.TryGetValue(id, out var run)
            ? Results.Ok(new RunInfo(id, default, default, run.Status, 1, null))
            : NotFound("runs")));
        api.MapPost("/runs/{id:guid}/stop", (Guid id, HttpContext http) => WithAccount(http, _ =>
        {
            if (!_runs.TryGetValue(id, out var run))
            {
                return NotFound("runs");
            }

            run.Stop.Cancel();
            return Results.Accepted();
        }));
        api.MapGet("/runs/{id:guid}/events", StreamAsync);
    }

    private async Task StreamAsync(Guid id, string? after, HttpContext http)
    {
        FakeRun? run;
        lock (_gate)
        {
            run = _runs.GetValueOrDefault(id);
        }

        if (run is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        string from = http.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last ? last : after ?? "0";
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache";
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _connections.Token);
        try
        {
            await foreach (var (position, data) in run.ReadAsync(int.Parse(from, CultureInfo.InvariantCulture), cut.Token))
            {
                await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"id: {position}\ndata: {data}\n\n"), cut.Token);
                await http.Response.Body.FlushAsync(cut.Token);
            }
        }
        catch (OperationCanceledException)
        {
            http.Abort();
        }
    }
}
