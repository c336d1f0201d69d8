using System.Net.ServerSentEvents;
using System.Text;
using AiSaas.Core.Runs.Parts;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Runs;

/// <summary>A page whose connection breaks again and again: it resumes after the last event it has, on whichever replica, and applies
/// parts as the front end does.</summary>
internal sealed class RestlessPage(AnswersUnderWay answers, Account account, Guid run, Random chance)
{
    private readonly StringBuilder _text = new();
    private string? _last;

    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public bool WasStopped { get; private set; }

    /// <summary>How often it connected.</summary>
    public int Visits { get; private set; }

    /// <summary>Until the stream's own end.</summary>
    /// <param name="longest">Events that a visit sees at most.</param>
    /// <param name="cancellation">A hang is no end.</param>
    public async Task ReadAsync(int longest, CancellationToken cancellation)
    {
        using HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = account.Http.DefaultRequestHeaders.Authorization;
        while (!await VisitAsync(http, chance.Next(1, longest), cancellation))
        {
            Visits++;
        }
    }

    private async Task<bool> VisitAsync(HttpClient http, int events, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(answers.Replica(chance.Next(2)), $"/api/runs/{run}/events"));
        if (_last is not null)
        {
            request.Headers.Add("Last-Event-ID", _last);
        }

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        await foreach (var one in SseParser.Create(body).EnumerateAsync(cancellation))
        {
            if (one.Data == "[DONE]")
            {
                return true;
            }

            _last = string.IsNullOrEmpty(one.EventId) ? _last : one.EventId;
            Apply(StreamJson.Read(Encoding.UTF8.GetBytes(one.Data)));
            if (--events == 0)
            {
                return false;
            }
        }

        return false;
    }

    private void Apply(StreamPart part)
    {
        lock (_text)
        {
            switch (part)
            {
                case TextDeltaPart delta:
                    _text.Append(delta.Delta);
                    break;
                case StartPart or ResetStepPart:
                    _text.Clear();
                    break;
                case AbortPart:
                    WasStopped = true;
                    break;
            }
        }
    }
}
