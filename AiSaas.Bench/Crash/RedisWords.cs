using System.Net.Sockets;
using System.Text;

namespace AiSaas.Bench.Crash;

/// <summary>A word to Redis over a connection of its own, so that no client library has opinions on outages.</summary>
internal static class RedisWords
{
    public static async Task<string> SendAsync(int port, string command, CancellationToken cancellation)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", port, cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{command}\r\n"), cancellation);
        byte[] buffer = new byte[1 << 20];
        int read = await stream.ReadAsync(buffer, cancellation);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    /// <summary>The sum of a number that a script finds.</summary>
    public static async Task<string> EvalAsync(int port, string script, CancellationToken cancellation) =>
        await SendAsync(port, $"EVAL \"{script.Replace("\"", "\\\"", StringComparison.Ordinal)}\" 0", cancellation);
}
