using System.Net;
using System.Net.Sockets;

namespace AiSaas.Core.Outbound;

/// <summary>Asks what addresses a name has. A seam, so that tests can be a DNS server that changes its mind.</summary>
public interface IHostResolver
{
    /// <exception cref="SocketException">There is no such name, or nobody knows at the moment.</exception>
    Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation);
}

/// <summary>The machine's own resolver.</summary>
internal sealed class SystemResolver : IHostResolver
{
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation) =>
        await Dns.GetHostAddressesAsync(host, cancellation);
}
