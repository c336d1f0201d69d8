using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Outbound;

/// <summary>Where a connection is refused by us.</summary>
public sealed class OutboundRefusedException(string message) : IOException(message);

/// <summary>Opens connections: resolves the name, checks every address, and connects to a checked one.</summary>
/// <remarks>The name is resolved once for each connection and the socket gets the very address that was checked: a server of names
/// that answers something else the next time finds nobody asking.</remarks>
public sealed class OutboundConnector(IHostResolver resolver, AddressPolicy policy, IOptions<OutboundOptions> options, TimeProvider clock)
{
    private const int MostAddresses = 8;

    /// <summary>The name's addresses, all of them allowed.</summary>
    /// <exception cref="OutboundRefusedException">One of them is not: a name that is both public and private means no good.</exception>
    /// <exception cref="SocketException">The name is not known.</exception>
    /// <exception cref="TimeoutException"/>
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(host, out var literal)
            ? [literal]
            : await WithinAsync(token => resolver.ResolveAsync(host, token), $"Resolving {host}", cancellation);
        if (addresses.Count == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        return addresses.All(policy.Allows)
            ? addresses
            : throw new OutboundRefusedException($"{host} is inside a network that can't be reached from here.");
    }

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    internal async ValueTask<Stream> ConnectAsync(DnsEndPoint target, CancellationToken cancellation)
    {
        if (!policy.Allows(target.Port))
        {
            throw new OutboundRefusedException($"Port {target.Port} can't be used.");
        }

        var addresses = await ResolveAsync(target.Host, cancellation);
        return await WithinAsync(
            token => ConnectAsync([.. addresses.Take(MostAddresses)], target.Port, token), $"Connecting to {target.Host}", cancellation);
    }

    private static async Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellation)
    {
        for (int i = 0; ; i++)
        {
            Socket socket = new(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[i], port), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (i < addresses.Length - 1)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> step, string what, CancellationToken cancellation)
    {
        var limit = options.Value.ConnectTimeout;
        using CancellationTokenSource timeout = new(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            // Resolvers of the system don't always listen to a token.
            return await step(either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"{what} took longer than {limit.TotalSeconds:0.#} s.");
        }
    }
}
