using System.Collections;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Running;

/// <summary>The real Aspire dashboard, where its program is on this machine, as the collector of everyone's telemetry.</summary>
internal sealed class Dashboard(IConfiguration configuration, DistributedApplicationOptions options, Launcher launcher, ConsoleLines console)
{
    private readonly string? _program = options.DisableDashboard ? null : Find(configuration);

    private string Pages => configuration["ASPNETCORE_URLS"] ?? "http://127.0.0.1:18888";

    private string Grpc => configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] ?? "http://127.0.0.1:18889";

    private string Http => configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] ?? "http://127.0.0.1:18890";

    /// <summary>Null where nothing collects, so that nobody sends in vain.</summary>
    public string? CollectorUrl => _program is null ? null : Grpc;

    public async Task<ChildProcess?> StartAsync()
    {
        if (_program is null)
        {
            return null;
        }

        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => variable.Key is not "ASPNETCORE_URLS")
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "");
        environment["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "1";
        environment["ASPIRE_DASHBOARD_TELEMETRY_OPTOUT"] = "true";
        environment["NO_COLOR"] = "1";
        string[] args =
        [
            "dashboard", "run", "--allow-anonymous", "--nologo", "--non-interactive",
            "--frontend-url", Pages, "--otlp-grpc-url", Grpc, "--otlp-http-url", Http,
        ];
        try
        {
            return await launcher.StartAsync(new(_program, args, Path.GetTempPath(), environment), line => console.Write("dashboard", line));
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            console.Write("dashboard", $"-- can't be started, the graph goes on without it: {failure.Message}");
            return null;
        }
    }

    private static string? Find(IConfiguration configuration)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string?[] places =
        [
            configuration["AISAAS_DASHBOARD_BIN"],
            Path.Combine(home, ".aspire", "bin", "aspire"),
            .. (configuration["PATH"] ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "aspire")),
        ];
        return places.FirstOrDefault(File.Exists);
    }
}
