using System.Collections.Concurrent;
using System.Diagnostics;

namespace Aspire.Hosting.Running;

/// <summary>Starts processes that can't outlive this one.</summary>
/// <remarks>
/// Each child leads a session of its own, so that Ctrl-C in the terminal reaches only us and we stop the graph in order,
/// and asks the kernel for SIGTERM when its parent dies, so that <c>kill -9</c> of the host leaves nothing behind.
/// The kernel means the parent's thread: hence one thread that starts them all and lives as long as we do.
/// Both tools are part of util-linux; where they are missing, children are only stopped in an orderly end.
/// </remarks>
internal sealed class Launcher : IDisposable
{
    private static readonly string? SetSid = Find("setsid");
    private static readonly string? SetPriv = OperatingSystem.IsLinux() ? Find("setpriv") : null;

    private readonly BlockingCollection<(ProcessStartInfo Info, TaskCompletionSource<Process> Started)> _asked = [];

    public Launcher()
    {
        Thread thread = new(StartAll) { IsBackground = true, Name = "Launcher" };
        thread.Start();
    }

    public async Task<ChildProcess> StartAsync(ProcessSpec spec, Action<string?> line)
    {
        ProcessStartInfo info = new()
        {
            WorkingDirectory = spec.WorkingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] wrapped =
        [
            .. SetSid is null ? (string[])[] : [SetSid],
            .. SetPriv is null ? (string[])[] : [SetPriv, "--pdeathsig", "TERM", "--"],
            spec.Command,
            .. spec.Args,
        ];
        info.FileName = wrapped[0];
        foreach (var arg in wrapped[1..])
        {
            info.ArgumentList.Add(arg);
        }

        info.Environment.Clear();
        foreach (var (name, value) in spec.Environment)
        {
            info.Environment[name] = value;
        }

        TaskCompletionSource<Process> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Add((info, started));
        return new(await started.Task, line, leadsGroup: SetSid is not null);
    }

    public void Dispose() => _asked.CompleteAdding();

    private void StartAll()
    {
        foreach (var (info, started) in _asked.GetConsumingEnumerable())
        {
            try
            {
                Process process = new() { StartInfo = info, EnableRaisingEvents = true };
                process.Start();
                started.SetResult(process);
            }
            catch (Exception failure)
            {
                started.SetException(failure);
            }
        }

        // Children are told of this thread's end as if it were ours, so it stays until the process ends.
        Thread.Sleep(Timeout.Infinite);
    }

    private static string? Find(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, tool))
        .FirstOrDefault(File.Exists);
}
