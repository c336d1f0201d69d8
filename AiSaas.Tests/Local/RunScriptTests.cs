using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Local;

/// <summary>What <c>./run</c> says before it starts anything. That it starts the product is the browser test's to show.</summary>
public sealed partial class RunScriptTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("aisaas-run-").FullName;

    private Script Script => new(_state);

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public async Task Status_of_what_does_not_run_says_so()
    {
        var result = await Script.RunAsync("run", ["--status"]);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("isn't running", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_what_does_not_run_is_no_failure() =>
        Assert.Equal(0, (await Script.RunAsync("run", ["--stop"])).ExitCode);

    [Fact]
    public async Task A_taken_port_is_named_with_the_variable_that_moves_it()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var result = await Script.RunAsync("run", [], new() { ["AISAAS_REDIS_PORT"] = $"{port}" });

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"Port {port} (Redis) is taken", result.Output, StringComparison.Ordinal);
        Assert.Contains("AISAAS_REDIS_PORT=", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_run_beside_a_running_one_says_so_and_changes_nothing()
    {
        string claim = Path.Combine(_state, "run.lock");
        await File.WriteAllTextAsync(claim, "4711\n", TestContext.Current.CancellationToken);
        using var other = Process.Start("flock", [claim, "sleep", "60"]);
        await Eventually.TrueAsync(async () => (await Script.RunAsync("run", ["--status"])).ExitCode != 3, "the other run is seen");

        var result = await Script.RunAsync("run", []);

        other.Kill(entireProcessTree: true);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("already running", result.Output, StringComparison.Ordinal);
        Assert.Equal([claim], Directory.GetFileSystemEntries(_state));
    }

    [Fact]
    public async Task Reset_without_a_terminal_to_ask_wants_yes()
    {
        string kept = Path.Combine(_state, "demo.json");
        await File.WriteAllTextAsync(kept, "{}", TestContext.Current.CancellationToken);

        var result = await Script.RunAsync("run", ["--reset"]);

        Assert.Equal(1, result.ExitCode);
        Assert.True(File.Exists(kept));
    }

    [Fact]
    public async Task Reset_never_deletes_a_folder_that_was_not_ours()
    {
        string kept = Path.Combine(_state, "somebody's thesis");
        await File.WriteAllTextAsync(kept, "", TestContext.Current.CancellationToken);

        var result = await Script.RunAsync("run", ["--reset", "--yes"]);

        Assert.Equal(1, result.ExitCode);
        Assert.True(File.Exists(kept));
    }

    [Fact]
    public async Task A_settings_file_that_is_not_there_is_named()
    {
        var result = await Script.RunAsync("run", ["--settings", "/nowhere/settings.json"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("/nowhere/settings.json", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_option_that_the_script_takes()
    {
        var help = (await Script.RunAsync("run", ["--help"])).Output;
        var source = await File.ReadAllTextAsync(Repository.PathOf("run"), TestContext.Current.CancellationToken);

        var options = Option().Matches(source).Select(match => match.Groups[1].Value).Where(option => option != "--help").ToList();
        Assert.NotEmpty(options);
        Assert.All(options, option => Assert.Contains(option, help, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^    (--[a-z]+)\b", RegexOptions.Multiline)]
    private static partial Regex Option();
}
