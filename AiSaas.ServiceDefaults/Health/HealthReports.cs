using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiSaas.ServiceDefaults.Health;

/// <summary>Runs the checks at most once a second, one run at a time: the address is open to anyone.</summary>
internal sealed class HealthReports(HealthCheckService checks, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private HealthReport? _last;
    private long _takenAt;

    public async Task<HealthReport> ReadAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (_last is null || time.GetElapsedTime(_takenAt) >= Fresh)
            {
                _last = await checks.CheckHealthAsync(cancellation);
                _takenAt = time.GetTimestamp();
            }

            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
