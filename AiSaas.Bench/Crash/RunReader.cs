using System.Text;
using System.Text.Json;

namespace AiSaas.Bench.Crash;

/// <summary>Reads a run as a page does: drops what it is told to drop, and resumes at any replica where the stream broke off.</summary>
internal sealed class RunReader(TenantCaller tenant, Accepted accepted)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan Reconnecting = TimeSpan.FromMilliseconds(300);

    private readonly StringBuilder _text = new();
    private string? _last;
    private int _resets;
    private bool _ended;

    public async Task FollowAsync(AskedQuestion asked, CancellationToken cancellation)
    {
        long started = TimeProvider.System.GetTimestamp();
        using CancellationTokenSource patience = new(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        int resumed = -1;
        try
        {
            while (!_ended)
            {
                resumed++;
                await ReadAsync($"/api/runs/{asked.Run}/events{(_last is null ? "" : $"?after={_last}")}", either.Token);
                if (!_ended)
                {
                    await Task.Delay(Reconnecting, TimeProvider.System, either.Token);
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            accepted.Hung.Enqueue($"reader of run {asked.Run} ({asked.Mark}) after {_last}");
        }

        accepted.Reads.Enqueue(new(asked, _text.ToString(), _ended, resumed, _resets, TimeProvider.System.GetElapsedTime(started).TotalSeconds));
    }

    private async Task ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var response = await tenant.SendAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!response.IsSuccessStatusCode)
            {
                accepted.Other($"{(int)response.StatusCode} to a reader");
                return;
            }

            using StreamReader lines = new(await response.Content.ReadAsStreamAsync(cancellation));
            while (!_ended && await lines.ReadLineAsync(cancellation) is { } line)
            {
                Take(line);
            }
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            accepted.Other("a reader's stream broke off");
        }
    }

    private void Take(string line)
    {
        if (line.StartsWith("id: ", StringComparison.Ordinal))
        {
            _last = line[4..];
        }
        else if (line.StartsWith("data: ", StringComparison.Ordinal))
        {
            if (line == "data: [DONE]")
            {
                _ended = true;
                return;
            }

            var part = JsonElement.Parse(line[6..]);
            switch (part.GetProperty("type").GetString())
            {
                case "text-delta":
                    _text.Append(part.GetProperty("delta").GetString());
                    break;
                case "reset-step":
                    _text.Clear();
                    _resets++;
                    break;
            }
        }
    }
}
