namespace AiSaas.Web.Forwarding;

/// <summary>Cancels when neither side has sent a byte for too long, or when the visitor has left.</summary>
internal sealed class Silence : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _left;
    private readonly TimeSpan _limit;

    public Silence(TimeSpan limit, TimeProvider time, CancellationToken visitorLeft)
    {
        _limit = limit;
        _source = new CancellationTokenSource(limit, time);
        _left = visitorLeft.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    public void Broken() => _source.CancelAfter(_limit);

    public void Dispose()
    {
        _left.Dispose();
        _source.Dispose();
    }
}
