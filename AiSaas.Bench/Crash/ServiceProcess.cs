namespace AiSaas.Bench.Crash;

/// <summary>One of the product's processes, to be killed, frozen and started again with the same settings on the same port.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private readonly string _program;
    private readonly IReadOnlyList<(string, string)> _environment;
    private readonly List<string> _failures = [];
    private ChildProcess _process;

    private ServiceProcess(string project, int number, int port, IReadOnlyList<(string, string)> environment)
    {
        (_program, Name, Port) = (BenchFolder.Program(project), $"{project}#{number}", port);
        _environment = [.. environment, ("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"), ("ASPNETCORE_ENVIRONMENT", "Production")];
        _process = Launch();
    }

    public string Name { get; }

    public int Port { get; }

    public int Process => _process.Id;

    /// <summary>The last of what it printed.</summary>
    public string Output => _process.Output;

    /// <summary>What it said about calls that it answered with 500, as far as it is remembered.</summary>
    public IReadOnlyList<string> Failures => [.. _failures, .. Blunders(_process.Output)];

    /// <summary>Started, and not waited for: see <see cref="ListensAsync"/>.</summary>
    public static ServiceProcess Start(string project, int number, IReadOnlyList<(string, string)> environment) =>
        new(project, number, FreePort.Next(), environment);

    public Task ListensAsync(CancellationToken cancellation) => _process.ListensAsync(Port, cancellation);

    public Task KillAsync() => _process.KillAsync();

    public Task SignalAsync(string signal) => _process.SignalAsync(signal);

    /// <summary>SIGTERM, and the end that it asks for.</summary>
    /// <exception cref="TimeoutException">It didn't go.</exception>
    public async Task EndAsync(TimeSpan atMost)
    {
        await _process.SignalAsync("TERM");
        await _process.ExitedAsync(CancellationToken.None).WaitAsync(atMost, TimeProvider.System, CancellationToken.None);
    }

    public async Task StartAgainAsync(CancellationToken cancellation)
    {
        _failures.AddRange(Blunders(_process.Output));
        await _process.DisposeAsync();
        _process = Launch();
        await ListensAsync(cancellation);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static IEnumerable<string> Blunders(string output)
    {
        string[] lines = output.Split('\n');
        return lines.Index().Where(line => line.Item.Contains("answered with 500", StringComparison.Ordinal))
            .Select(line => string.Join(' ', lines.Skip(line.Index).Take(12).Select(one => one.Trim())));
    }

    private ChildProcess Launch() => ChildProcess.Start("dotnet", [_program], _environment);
}
