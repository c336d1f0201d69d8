using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AiSaas.Tests.Infrastructure;

/// <summary>A Postgres or Redis of our own, started through <c>eng/local</c> on a free port, its state in a temporary folder.</summary>
public sealed class LocalServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _script;
    private readonly Dictionary<string, string> _environment;
    private readonly StringBuilder _output = new();
    private Process _process;

    private LocalServer(string script, int port, Dictionary<string, string> environment)
    {
        _script = script;
        _environment = environment;
        Port = port;
        State = Directory.CreateTempSubdirectory("aisaas-test-").FullName;
        _process = Launch();
    }

    public int Port { get; }

    public string State { get; }

    /// <summary>The process group's leader: the script.</summary>
    public int ProcessId => _process.Id;

    public static async Task<LocalServer> StartAsync(
        string script, string portVariable, Dictionary<string, string> environment, CancellationToken cancellation)
    {
        int port = FreePort();
        LocalServer server = new(script, port, new(environment) { [portVariable] = $"{port}", ["AISAAS_DB_TEST"] = "1" });
        await server.WaitUntilListeningAsync(cancellation);
        return server;
    }

    /// <summary>A port that was free a moment ago.</summary>
    // Not one of those that the kernel gives to outgoing connections: another test's would take it before it is bound.
    public static int FreePort() => Bench.FreePort.Next();

    /// <summary>Stops the server, as an outage would; <see cref="RestartAsync"/> brings it back on the same port and state.</summary>
    public async Task StopAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
            await _process.WaitForExitAsync();
        }
    }

    public async Task RestartAsync(CancellationToken cancellation)
    {
        _process.Dispose();
        _process = Launch();
        await WaitUntilListeningAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
        Directory.Delete(State, recursive: true);
    }

    private Process Launch()
    {
        ProcessStartInfo start = new("bash", [Repository.PathOf("eng", "local", _script)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["AISAAS_STATE"] = State;
        Process process = new() { StartInfo = start };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }

    private async Task WaitUntilListeningAsync(CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Patience && !_process.HasExited)
        {
            using TcpClient client = new();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, Port, cancellation);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System, cancellation);
            }
        }

        lock (_output)
        {
            throw new InvalidOperationException($"{_script} did not start:\n{_output}");
        }
    }
}
