using System.Diagnostics;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Local;

internal sealed record ScriptResult(int ExitCode, string Output);

/// <summary>Runs a script of the repository to its end, with a state folder of its own.</summary>
internal sealed class Script(string state)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    public async Task<ScriptResult> RunAsync(string path, string[] args, Dictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new(Repository.PathOf(path), args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Not the repository: scripts find their own way.
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["AISAAS_STATE"] = state;
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using CancellationTokenSource deadline = new(Deadline, TimeProvider.System);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var texts = await Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
        await process.WaitForExitAsync(deadline.Token);
        return new(process.ExitCode, string.Join('\n', texts));
    }
}
