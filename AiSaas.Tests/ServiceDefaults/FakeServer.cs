using System.Collections.Concurrent;

namespace AiSaas.Tests.ServiceDefaults;

/// <summary>Stands where the network would be.</summary>
internal sealed class FakeServer(Func<int, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    private readonly ConcurrentQueue<Uri> _asked = [];

    public FakeServer(Func<int, HttpResponseMessage> answer)
        : this((attempt, _) => Task.FromResult(answer(attempt)))
    {
    }

    public IReadOnlyCollection<Uri> Asked => _asked;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _asked.Enqueue(request.RequestUri!);
        return answer(_asked.Count, cancellationToken);
    }
}
