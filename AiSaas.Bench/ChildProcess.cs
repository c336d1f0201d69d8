using System.Diagnostics;
using System.Net.Sockets;

namespace AiSaas.Bench;

/// <summary>A program that the benchmark starts and ends.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 400;

    private readonly Process _process;
    private readonly Queue<string> _output = new();
    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The last of what it printed.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    public static ChildProcess Start(string program, IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> environment)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove(SocketMode.Variable);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        ChildProcess child = new(new Process { StartInfo = start });
        child._process.OutputDataReceived += child.Keep;
        child._process.ErrorDataReceived += child.Keep;
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    public Task<string> FirstLineAsync(CancellationToken cancellation) => _firstLine.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, cancellation);

    /// <summary>Tells it something on its input.</summary>
    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for a line that begins so, among the last ones printed.</summary>
    /// <returns>What comes after that beginning.</returns>
    public async Task<string> HearsAsync(string beginning, TimeSpan within, CancellationToken cancellation)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < within)
        {
            if (Output.Split('\n').LastOrDefault(line => line.StartsWith(beginning, StringComparison.Ordinal)) is { } line)
            {
                return line[beginning.Length..];
            }

            if (_process.HasExited)
            {
                break;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellation);
        }

        throw new IOException($"{string.Join(' ', _process.StartInfo.ArgumentList)} did not say '{beginning}':\n{Output}");
    }

    /// <summary>Waits until somebody listens on the port.</summary>
    public async Task ListensAsync(int port, CancellationToken cancellation)
    {
        for (int tries = 0; tries < 600 && !_process.HasExited; tries++)
        {
            using TcpClient client = new();
            try
            {
                await client.ConnectAsync("127.0.0.1", port, cancellation);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
            }
        }

        throw new IOException($"{_process.StartInfo.FileName} did not start:\n{Output}");
    }

    /// <summary><c>kill -9</c>: no goodbye.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends a signal by its name: <c>STOP</c>, <c>CONT</c>, <c>TERM</c>, …</summary>
    public Task SignalAsync(string signal) => SignalAsync(_process.Id, signal);

    /// <summary>The same to any process.</summary>
    public static async Task SignalAsync(int process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process}"]);
        await kill.WaitForExitAsync();
    }

    public Task ExitedAsync(CancellationToken cancellation) => _process.WaitForExitAsync(cancellation);

    /// <summary>The server that a script of <c>eng/local</c> runs, by the name of its program.</summary>
    public int ServerOf(string program)
    {
        string children = File.ReadAllText($"/proc/{Id}/task/{Id}/children");
        return children.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(child => File.ReadAllText($"/proc/{child}/comm").StartsWith(program, StringComparison.Ordinal))
            .Select(child => int.Parse(child, System.Globalization.CultureInfo.InvariantCulture))
            .Single();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var ask = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await ask.WaitForExitAsync();
            await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(15), TimeProvider.System, CancellationToken.None));
        }

        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Enqueue(line.Data);
            if (_output.Count > KeptLines)
            {
                _output.Dequeue();
            }
        }

        _firstLine.TrySetResult(line.Data);
    }
}
