using System.Diagnostics;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Gateway;

/// <summary>The api as a process of its own, to be killed.</summary>
internal sealed class ApiProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ApiProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public static async Task<ApiProcess> StartAsync(Stack stack, params (string Key, string? Value)[] settings)
    {
        string program = typeof(Api.Identity.CurrentUser).Assembly.Location;
        Uri address = new($"http://127.0.0.1:{LocalServer.FreePort()}");
        ProcessStartInfo start = new("dotnet", [program]) { WorkingDirectory = Path.GetDirectoryName(program)! };
        foreach (var (key, value) in stack.Settings(settings))
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Testing";
        start.Environment["Logging__LogLevel__Default"] = "Error";
        ApiProcess api = new(Process.Start(start)!, address);
        using HttpClient http = new() { BaseAddress = address };
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await http.GetAsync("/alive")).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "the api answers", TimeSpan.FromMinutes(2));
        return api;
    }

    /// <summary><c>kill -9</c>: no goodbye.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
