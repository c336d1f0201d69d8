using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly TestedRun? _tested;

    public DistributedApplication(IHost host)
        : this(host, tested: null)
    {
    }

    internal DistributedApplication(IHost host, TestedRun? tested)
    {
        _host = host;
        _tested = tested;
    }

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) => new DistributedApplicationBuilder(options);

    public void Run() => RunAsync().GetAwaiter().GetResult();

    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (_tested is not null)
        {
            // The test starts and stops; the AppHost's own code just stays where it would.
            await _tested.Ended.WaitAsync(cancellationToken);
            return;
        }

        // A closed terminal ends the graph as Ctrl-C does.
        var lifetime = Services.GetRequiredService<IHostApplicationLifetime>();
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            lifetime.StopApplication();
        });
        try
        {
            await _host.RunAsync(cancellationToken);
        }
        catch (DistributedApplicationException failure)
        {
            // Its message is for people; a stack trace would only hide it.
            await Console.Error.WriteLineAsync($"The graph was not started: {failure.Message}");
            Environment.ExitCode = 1;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => _host.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    public void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    public async ValueTask DisposeAsync()
    {
        // Twice does no harm; not at all would leave processes.
        await _host.StopAsync();
        _tested?.End();
        await ((IAsyncDisposable)_host).DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
