using System.Net;
using System.Net.Sockets;

namespace AiSaas.Bench;

internal static class FreePort
{
    // Below those that the kernel gives to outgoing connections: while a server is down, nobody takes its port by chance.
    private const int Lowest = 20_000, Highest = 32_000;

    /// <summary>A port that was free a moment ago.</summary>
    public static int Next()
    {
        while (true)
        {
            int port = Random.Shared.Next(Lowest, Highest);
            try
            {
                using TcpListener listener = new(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // Another one, then.
            }
        }
    }
}
