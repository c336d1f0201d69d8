using System.Diagnostics;
using System.Text;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Jobs;

/// <summary>The worker as a process of its own, to be killed.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private WorkerProcess(Process process) => _process = process;

    /// <summary>What it printed.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static WorkerProcess Start(Stack stack, params ReadOnlySpan<(string Key, string? Value)> settings)
    {
        string program = typeof(Ingestion.Worker.WorkerOptions).Assembly.Location;
        ProcessStartInfo start = new("dotnet", [program])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(program)!,
        };
        foreach (var (key, value) in stack.Settings(settings))
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Testing";
        WorkerProcess worker = new(new Process { StartInfo = start });
        worker._process.OutputDataReceived += worker.Keep;
        worker._process.ErrorDataReceived += worker.Keep;
        worker._process.Start();
        worker._process.BeginOutputReadLine();
        worker._process.BeginErrorReadLine();
        return worker;
    }

    /// <summary><c>kill -9</c>: no goodbye.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }
}
