using System.Diagnostics;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Graph;

/// <summary>However the AppHost ends, it ends alone: nothing that it started stays.</summary>
public sealed class HostEndTests
{
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("KILL")]
    public async Task Nothing_stays_behind(string signal)
    {
        var state = Directory.CreateTempSubdirectory("aisaas-end-").FullName;
        // Who runs the tests may ignore hang-ups (nohup), and what it starts would as well.
        ProcessStartInfo start = new("env", ["--default-signal=HUP,INT,TERM", Path.Combine(AppContext.BaseDirectory, "AiSaas.AppHost")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["AISAAS_STATE"] = state,
                ["AISAAS_DB_TEST"] = "1",
                ["AISAAS_WEB_PORT"] = $"{LocalServer.FreePort()}",
                ["AISAAS_API_PORT"] = $"{LocalServer.FreePort()}",
                ["AISAAS_POSTGRES_PORT"] = $"{LocalServer.FreePort()}",
                ["AISAAS_REDIS_PORT"] = $"{LocalServer.FreePort()}",
                ["AISAAS_DASHBOARD_BIN"] = "/nowhere",
            },
        };
        using var host = Process.Start(start)!;
        host.OutputDataReceived += (_, _) => { };
        host.ErrorDataReceived += (_, _) => { };
        host.BeginOutputReadLine();
        host.BeginErrorReadLine();
        await Eventually.TrueAsync(
            () => Task.FromResult(StateProcess.Of(state).Any(process => process.Program == "AiSaas.Api")), "the api runs", TimeSpan.FromMinutes(3));

        using var kill = Process.Start("kill", [$"-{signal}", $"{host.Id}"]);

        await host.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => Task.FromResult(StateProcess.Of(state).Count == 0), "every process is gone", TimeSpan.FromMinutes(1));
        Directory.Delete(state, recursive: true);
    }
}
