using System.Text.Json;

namespace AiSaas.Bench.Gateway;

/// <summary>The api as users run it: its own program, built as this one is, with a settings file.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private const int Unreachable = 1_000_000_000;

    private readonly string _program;
    private readonly (string, string)[] _environment;

    private ApiServer(string program, int port, (string, string)[] environment)
    {
        (_program, Port, _environment) = (program, port, environment);
        Process = Launch();
    }

    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    public ChildProcess Process { get; private set; }

    /// <param name="postgres">Its database.</param>
    /// <param name="redis">Its Redis.</param>
    /// <param name="settings">A file.</param>
    /// <param name="more">Variables to try out: <c>NAME=VALUE,NAME=VALUE</c>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<ApiServer> StartAsync(BenchPostgres postgres, BenchRedis redis, string settings, string? more, CancellationToken cancellation)
    {
        // …/AiSaas.Bench/bin/Release/net10.0/ → …/AiSaas.Api/bin/Release/net10.0/AiSaas.Api.dll
        string own = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string program = Path.Combine(own.Replace("AiSaas.Bench", "AiSaas.Api", StringComparison.Ordinal), "AiSaas.Api.dll");
        int port = FreePort.Next();
        ApiServer api = new(program, port,
        [
            ("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"), ("ASPNETCORE_ENVIRONMENT", "Production"), ("AISAAS_SETTINGS", settings),
            ("ConnectionStrings__aisaas", postgres.App), ("ConnectionStrings__redis", $"127.0.0.1:{redis.Port}"),
            .. (more ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair[^1])),
        ]);
        await api.Process.ListensAsync(port, cancellation);
        return api;
    }

    public async Task RestartAsync(CancellationToken cancellation)
    {
        await Process.DisposeAsync();
        Process = Launch();
        await Process.ListensAsync(Port, cancellation);
    }

    /// <summary>Names the mock as the provider of its models.</summary>
    /// <remarks>Limits are there to be counted, not to be met; the journal outlives a killed process, not the run.</remarks>
    public static async Task<string> WriteSettingsAsync(string folder, int mock, CancellationToken cancellation)
    {
        string path = Path.Combine(folder, "settings.json");
        await File.WriteAllTextAsync(
            path,
            JsonSerializer.Serialize(new
            {
                Gateway = new
                {
                    Providers = new { mock = new { Kind = "openai-compatible", BaseUrl = $"http://127.0.0.1:{mock}/v1", ApiKeys = (string[])["sk-mock"] } },
                    Models = new Dictionary<string, object>
                    {
                        ["mock-1"] = new { Targets = (object[])[new { Provider = "mock", Model = "mock-1" }] },
                        ["mock-paced"] = new { Targets = (object[])[new { Provider = "mock", Model = "mock-paced" }] },
                    },
                    Limits = new
                    {
                        TenantRequestsPerMinute = Unreachable,
                        TenantTokensPerMinute = Unreachable,
                        KeyRequestsPerMinute = Unreachable,
                        KeyTokensPerMinute = Unreachable,
                        UserRequestsPerMinute = Unreachable,
                        UserTokensPerMinute = Unreachable,
                    },
                    Prices = new
                    {
                        mock = new Dictionary<string, object>
                        {
                            ["mock-1"] = new { Input = "0.5", Output = "1.5" },
                            ["mock-paced"] = new { Input = "0.5", Output = "1.5" },
                            ["mock-embed"] = new { Input = "0.02" },
                        },
                    },
                    Ledger = new { JournalFolder = Path.Combine(folder, "journal") },
                    Embeddings = new Dictionary<string, object> { ["mock-embed"] = new { Provider = "mock", Model = "mock-embed", Dimensions = 256 } },
                },
            }),
            cancellation);
        return path;
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private ChildProcess Launch() => ChildProcess.Start("dotnet", [_program], _environment);
}
