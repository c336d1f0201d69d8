using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly TestedRun? _tested = TestedRun.Current;

    public DistributedApplicationBuilder(string[] args)
        : this(new DistributedApplicationOptions { Args = args })
    {
    }

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        AppHostAssembly = _tested?.EntryAssembly ?? Find(options.AssemblyName) ?? Assembly.GetEntryAssembly();
        AppHostDirectory = options.ProjectDirectory ?? Metadata("apphostprojectpath") ?? Directory.GetCurrentDirectory();
        _tested?.Configure(options);
        _host = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = options.Args,
            ApplicationName = AppHostAssembly?.GetName().Name,
            ContentRootPath = AppHostDirectory,
        });

        // No container can be started here. The graph asks the runtime named by this key whether it answers; the real
        // packages leave the key alone.
        _host.Configuration["DcpPublisher:ContainerRuntime"] = "none";
        _host.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning)
            // Run() tells that itself, in one line.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            // A check that fails while something starts is no failure; the probe tells what matters.
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        Resources = new ResourceCollection();
        ExecutionContext = new(_host.Configuration["operation"] == "publish" || _host.Configuration["publisher"] is not null
            ? DistributedApplicationOperation.Publish
            : DistributedApplicationOperation.Run);

        Services.AddSingleton(options);
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(Resources);
        Services.AddSingleton<DistributedApplicationModel>();
        Services.AddSingleton<ResourceNotificationService>();
        Services.AddSingleton(TimeProvider.System);
        Services.AddHttpClient();
        Services.AddHealthChecks();
        Services.AddSingleton<ConsoleLines>();
        Services.AddSingleton<Launcher>();
        Services.AddSingleton<ProcessSpecs>();
        Services.AddSingleton<HealthProbe>();
        Services.AddSingleton<Dashboard>();
        Services.AddHostedService<Graph>();
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; }

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        if (ExecutionContext.IsPublishMode)
        {
            throw new DistributedApplicationException("Publishing needs the real Aspire.Hosting packages; this is the stand-in that runs the graph where they can't be restored. See eng/standins/README.md.");
        }

        // A test may still change the graph: it says when to go on.
        _tested?.AwaitBuild(this);
        DistributedApplication application = new(_host.Build(), _tested);
        _tested?.Built(application);
        return application;
    }

    internal string? Metadata(string key) => AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(attribute => attribute.Key.Equals(key, StringComparison.OrdinalIgnoreCase))?.Value;

    private static Assembly? Find(string? name) =>
        name is null ? null : AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(assembly => assembly.GetName().Name == name);
}
