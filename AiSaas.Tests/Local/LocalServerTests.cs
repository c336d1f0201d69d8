using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AiSaas.Tests.Infrastructure;
using Npgsql;

namespace AiSaas.Tests.Local;

/// <summary>The promises of <c>eng/local/postgres.sh</c> and <c>redis.sh</c>.</summary>
public sealed class LocalServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Postgres_carries_pgvector_and_opens_to_the_password_of_the_latest_start_only()
    {
        await using var first = await PostgresAsync("first");
        Assert.Equal("vector", await AskAsync(first.Port, "first", "CREATE EXTENSION vector; SELECT extname FROM pg_extension WHERE extname = 'vector'"));
        await first.StopAsync();

        await using var second = Launch($"exec '{PathOf("postgres.sh")}'", first.State, new() { ["POSTGRES_PORT"] = $"{first.Port}", ["POSTGRES_PASSWORD"] = "it's second" });
        await ListeningAsync(first.Port, expected: true);

        Assert.Equal("vector", await AskAsync(first.Port, "it's second", "SELECT extname FROM pg_extension WHERE extname = 'vector'"));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => AskAsync(first.Port, "first", "SELECT ''"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    [Fact]
    public async Task A_pid_file_that_a_crash_left_and_whose_number_is_another_programs_now_is_no_obstacle()
    {
        await using var server = await PostgresAsync("secret");
        await server.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(server.State, "postgres", "postmaster.pid"), $"{Environment.ProcessId}\n", Cancellation);

        await server.RestartAsync(Cancellation);

        Assert.Equal("here", await AskAsync(server.Port, "secret", "SELECT 'here'"));
    }

    [Theory]
    [InlineData("postgres.sh", "POSTGRES")]
    [InlineData("redis.sh", "REDIS")]
    public async Task It_ends_with_whoever_started_it_even_when_that_is_killed(string script, string prefix)
    {
        using TemporaryFolder state = new();
        int port = LocalServer.FreePort();
        Dictionary<string, string> environment = new() { [$"{prefix}_PORT"] = $"{port}", [$"{prefix}_PASSWORD"] = "secret" };
        // A shell between us and the script: the one that dies.
        await using var parent = Launch($"'{PathOf(script)}' & wait", state.Path, environment);
        await ListeningAsync(port, expected: true);

        parent.Kill();

        await ListeningAsync(port, expected: false);
    }

    [Theory]
    [InlineData("postgres.sh", "POSTGRES")]
    [InlineData("redis.sh", "REDIS")]
    public async Task It_ends_when_its_own_script_is_killed(string script, string prefix)
    {
        using TemporaryFolder state = new();
        int port = LocalServer.FreePort();
        Dictionary<string, string> environment = new() { [$"{prefix}_PORT"] = $"{port}", [$"{prefix}_PASSWORD"] = "secret" };
        await using var server = Launch($"exec '{PathOf(script)}'", state.Path, environment);
        await ListeningAsync(port, expected: true);

        server.Kill();

        await ListeningAsync(port, expected: false);
    }

    private static Task<LocalServer> PostgresAsync(string password) =>
        LocalServer.StartAsync("postgres.sh", "POSTGRES_PORT", new() { ["POSTGRES_PASSWORD"] = password }, Cancellation);

    private static async Task<string?> AskAsync(int port, string password, string sql)
    {
        await using NpgsqlConnection connection = new(
            $"Host=127.0.0.1;Port={port};Username=postgres;Password=\"{password}\";Database=aisaas;Pooling=false");
        // It listens a moment before it lets anybody in.
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                await connection.OpenAsync(Cancellation);
                return true;
            }
            catch (PostgresException starting) when (starting.SqlState == PostgresErrorCodes.CannotConnectNow)
            {
                return false;
            }
        }, "Postgres lets us in");
        await using NpgsqlCommand command = new(sql, connection);
        return (string?)await command.ExecuteScalarAsync(Cancellation);
    }

    private static Task ListeningAsync(int port, bool expected) => Eventually.TrueAsync(async () =>
    {
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, Cancellation);
            return expected;
        }
        catch (SocketException)
        {
            return !expected;
        }
    }, expected ? $"port {port} opens" : $"port {port} closes");

    private static string PathOf(string script) => Repository.PathOf("eng", "local", script);

    private static Launched Launch(string line, string state, Dictionary<string, string> environment)
    {
        ProcessStartInfo start = new("bash", ["-c", $"exec >/dev/null 2>&1; {line}"]);
        start.Environment["AISAAS_STATE"] = state;
        start.Environment["AISAAS_DB_TEST"] = "1";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    private sealed class Launched(Process process) : IAsyncDisposable
    {
        public void Kill() => process.Kill();

        public async ValueTask DisposeAsync()
        {
            using (process)
            {
                if (!process.HasExited)
                {
                    using var asked = Process.Start("kill", ["-TERM", $"{process.Id}"]);
                    await process.WaitForExitAsync(CancellationToken.None);
                }
            }
        }
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("aisaas-local-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
