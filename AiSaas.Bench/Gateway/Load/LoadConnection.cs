using System.Net;
using System.Net.Sockets;

namespace AiSaas.Bench.Gateway.Load;

/// <summary>One kept connection with one request in flight at a time.</summary>
internal sealed class LoadConnection(int port) : IDisposable
{
    private readonly ResponseReader _answer = new();
    private Socket? _socket;

    /// <returns>What went wrong; null for nothing. A connection that broke is made anew for the next request.</returns>
    public async ValueTask<string?> SendAsync(LoadRequest request, CancellationToken cancellation)
    {
        try
        {
            var socket = _socket ??= await ConnectAsync(cancellation);
            await socket.SendAsync(request.Bytes, SocketFlags.None, cancellation);
            _answer.Begin();
            while (true)
            {
                int count = await socket.ReceiveAsync(_answer.Free, SocketFlags.None, cancellation);
                if (count == 0)
                {
                    Close();
                    return _answer.Status == 0 ? "hung up without an answer" : "hung up in the middle of an answer";
                }

                if (_answer.Read(count))
                {
                    return request.Fault(_answer);
                }
            }
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            Close();
            return fault.Message;
        }
    }

    public void Dispose() => Close();

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private async Task<Socket> ConnectAsync(CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellation);
        return socket;
    }
}
