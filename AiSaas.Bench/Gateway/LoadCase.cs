using AiSaas.Bench.Gateway.Load;

namespace AiSaas.Bench.Gateway;

/// <param name="Name">In the table.</param>
/// <param name="Connections">How many at once.</param>
/// <param name="Request">As the target wants it.</param>
/// <param name="Duration">After it no new request is sent.</param>
/// <param name="MaxRequests">Bounds the run by count too.</param>
internal sealed record LoadCase(string Name, int Connections, Func<Target, LoadRequest> Request, TimeSpan Duration, int MaxRequests)
{
    /// <summary>CPU time is told per unit.</summary>
    public string Unit { get; init; } = "request";

    public int UnitsPerRequest { get; init; } = 1;
}
