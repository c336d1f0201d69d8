using System.Diagnostics;
using AiSaas.ServiceDefaults;

namespace AiSaas.Tests.ServiceDefaults;

public sealed class StartFaultsTests
{
    [Fact]
    public async Task A_process_with_faulty_settings_says_all_of_them_one_a_line_and_ends()
    {
        // The api beside these tests, as the host would start it; it must end before it needs a store.
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "AiSaas.Api.dll")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["ConnectionStrings__aisaas"] = "Host=127.0.0.1;Port=1;Database=none",
                ["ConnectionStrings__redis"] = "127.0.0.1:1",
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["Gateway__Models__a__Strategy"] = "magic",
                ["Gateway__Deadlines__TotalSeconds"] = "soon",
                ["Limits__MaxDocuments"] = "-1",
            },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(StartFaults.ExitCode, process.ExitCode);
        Assert.Contains("does not start: its settings have 4 faults.", error, StringComparison.Ordinal);
        Assert.Contains("\n  - Gateway:Models:a:Strategy is 'magic'", error, StringComparison.Ordinal);
        Assert.Contains("\n  - Gateway:Models:a:Targets is empty", error, StringComparison.Ordinal);
        Assert.Contains("\n  - Gateway:Deadlines:TotalSeconds is 'soon'", error, StringComparison.Ordinal);
        Assert.Contains("MaxDocuments", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error + await output, StringComparison.Ordinal);
    }
}
