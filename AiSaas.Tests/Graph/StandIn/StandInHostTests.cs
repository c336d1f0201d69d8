using AiSaas.Tests.Infrastructure;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AiSaas.Tests.Graph.StandIn;

/// <summary>What the stand-in for Aspire.Hosting does of itself; not compiled where the real packages are.</summary>
public sealed class StandInHostTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aisaas-standin-").FullName;
    private readonly IDistributedApplicationBuilder _builder;

    public StandInHostTests()
    {
        _builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = [$"--AISAAS_STATE={_folder}", "--Parameters:given=chosen"],
            ProjectDirectory = _folder,
            DisableDashboard = true,
        });
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_waited_for_comes_first_and_its_values_reach_the_process()
    {
        var password = _builder.AddParameter("password", new GenerateParameterDefault { MinLength = 30, Special = false }, secret: true, persist: true);
        var given = _builder.AddParameter("given");
        var store = Bash("store", "sleep 60").WithEndpoint(scheme: "tcp", name: "tcp", env: "STORE_PORT", isProxied: false, port: LocalServer.FreePort());
        var endpoint = store.GetEndpoint("tcp");
        var connection = _builder.AddConnectionString("db", ReferenceExpression.Create(
            $"Host={endpoint.Property(EndpointProperty.Host)};Port={endpoint.Property(EndpointProperty.Port)};Password={password};Braces={{}}"));
        var first = Bash("first", "echo first >> order").WaitFor(store);
        Bash("second", "echo second >> order; printf '%s|%s' \"$ConnectionStrings__db\" \"$GIVEN\" > values; touch done")
            .WithReference(connection)
            .WithEnvironment("GIVEN", given)
            .WaitForCompletion(first);

        await using var application = await StartAsync();
        await application.ResourceNotifications.WaitForResourceAsync("second", KnownResourceStates.Finished, Cancellation);

        Assert.Equal(["first", "second"], await File.ReadAllLinesAsync(Path.Combine(_folder, "order"), Cancellation));
        var kept = await password.Resource.GetValueAsync(Cancellation);
        Assert.Equal($"Host=localhost;Port={endpoint.Port};Password={kept};Braces={{}}|chosen", await File.ReadAllTextAsync(Path.Combine(_folder, "values"), Cancellation));
        Assert.Contains(kept!, await File.ReadAllTextAsync(Path.Combine(_folder, "parameters.json"), Cancellation), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "parameters.json")));
        }
    }

    [Fact]
    public async Task What_waits_for_a_failure_is_not_started()
    {
        var migrator = Bash("migrator", "exit 3");
        Bash("api", "touch started").WaitForCompletion(migrator);

        await using var application = await StartAsync();
        await application.ResourceNotifications.WaitForResourceAsync("api", KnownResourceStates.FailedToStart, Cancellation);

        Assert.False(File.Exists(Path.Combine(_folder, "started")));
        Assert.True(application.ResourceNotifications.TryGetCurrentState("migrator", out var ended));
        Assert.Equal(3, ended.Snapshot.ExitCode);
    }

    [Fact]
    public async Task A_killed_service_is_started_again_and_nothing_survives_the_end()
    {
        Bash("service", "sleep 300 & echo $$ $! >> lives; wait").WithEndpoint(scheme: "tcp", name: "tcp", isProxied: false, port: LocalServer.FreePort());
        int[][] lives;
        await using (var application = await StartAsync())
        {
            var first = (await LivesAsync(1))[0];
            using (System.Diagnostics.Process.Start("kill", ["-KILL", $"{first[0]}"]))
            {
                lives = await LivesAsync(2);
            }

            await Eventually.TrueAsync(() => Task.FromResult(!IsAlive(first[1])), "what the killed process had started goes with it");
        }

        await Eventually.TrueAsync(() => Task.FromResult(!lives.SelectMany(life => life).Any(IsAlive)), "all are gone", TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task What_offers_nothing_and_is_killed_is_started_again_until_it_ends_by_itself()
    {
        Bash("keeper", "echo $$ 0 >> lives; [ $(wc -l < lives) -lt 2 ] && kill -KILL $$; exit 0");

        await using var application = await StartAsync();
        await application.ResourceNotifications.WaitForResourceAsync("keeper", KnownResourceStates.Finished, Cancellation);

        Assert.Equal(2, (await LivesAsync(2)).Length);
    }

    [Fact]
    public async Task A_service_that_never_gets_up_is_left_alone_in_the_end()
    {
        Bash("service", "echo x >> tries; exit 1").WithEndpoint(scheme: "tcp", name: "tcp", isProxied: false, port: LocalServer.FreePort())
            .WithHealthCheck("never");

        await using var application = await StartAsync();
        await application.ResourceNotifications.WaitForResourceAsync("service", KnownResourceStates.Exited, Cancellation);

        Assert.Equal(5, (await File.ReadAllLinesAsync(Path.Combine(_folder, "tries"), Cancellation)).Length);
    }

    [Fact]
    public async Task A_taken_port_is_named_before_anything_runs()
    {
        using System.Net.Sockets.TcpListener other = new(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;
        Bash("service", "touch started").WithEndpoint(port: port, scheme: "tcp", name: "tcp", isProxied: false);

        var failure = await Assert.ThrowsAsync<DistributedApplicationException>(StartAsync);

        Assert.Contains($"{port}", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "started")));
    }

    [Fact]
    public async Task A_container_is_refused_in_plain_words()
    {
        _builder.AddContainer("cache", "example/cache");

        await using var application = await StartAsync();

        Assert.Equal(
            KnownResourceStates.FailedToStart,
            await application.ResourceNotifications.WaitForResourceAsync("cache", KnownResourceStates.TerminalStates, Cancellation));
    }

    // The dead stay listed until their new parent has looked at them.
    private static bool IsAlive(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/stat").Split(") ")[1][0] is not 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    private IResourceBuilder<ExecutableResource> Bash(string name, string script) =>
        _builder.AddExecutable(name, "bash", _folder, "-c", script);

    private async Task<DistributedApplication> StartAsync()
    {
        var application = _builder.Build();
        await application.StartAsync(Cancellation);
        return application;
    }

    private Task<int[][]> LivesAsync(int count) => Eventually.GetAsync<int[][]>(
        async () =>
        {
            var file = Path.Combine(_folder, "lives");
            var lines = File.Exists(file) ? await File.ReadAllLinesAsync(file, Cancellation) : [];
            return lines.Length < count ? null : [.. lines.Select(line => line.Split(' ').Select(int.Parse).ToArray())];
        },
        $"{count} lives");
}
