using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Aspire.Hosting.Running;

internal sealed class ChildProcess
{
    private const int Kill = 9;
    private const int Terminate = 15;

    private readonly Process _process;
    private readonly bool _leadsGroup;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChildProcess(Process process, Action<string?> line, bool leadsGroup)
    {
        _process = process;
        _leadsGroup = leadsGroup;
        Id = process.Id;
        process.OutputDataReceived += (_, data) => line(data.Data);
        process.ErrorDataReceived += (_, data) => line(data.Data);
        process.Exited += (_, _) => Over();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        // It may have been over before anyone listened.
        if (process.HasExited)
        {
            Over();
        }
    }

    public int Id { get; }

    /// <summary>The exit code; 128 and the signal's number for a process that was killed.</summary>
    /// <remarks>Not <see cref="Process.WaitForExitAsync"/>, which also waits for whoever inherited the output.</remarks>
    public Task<int> Exited => _exited.Task;

    public async Task StopAsync(TimeSpan grace, TimeProvider time)
    {
        if (!Exited.IsCompleted)
        {
            Signal(Id, Terminate);
        }

        try
        {
            await Exited.WaitAsync(grace, time);
        }
        catch (TimeoutException)
        {
            Signal(_leadsGroup ? -Id : Id, Kill);
            await Exited;
        }
    }

    private void Over()
    {
        // What the process started and left behind goes with it.
        if (_leadsGroup)
        {
            Signal(-Id, Kill);
        }

        _exited.TrySetResult(_process.ExitCode);
    }

    private void Signal(int target, int signal)
    {
        if (OperatingSystem.IsWindows())
        {
            _process.Kill(entireProcessTree: true);
            return;
        }

        _ = SendSignal(target, signal);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
