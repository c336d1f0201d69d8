using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Running;

internal sealed record ProcessSpec(string Command, IReadOnlyList<string> Args, string WorkingDirectory, IReadOnlyDictionary<string, string> Environment);

/// <summary>Works out what to start for a resource, once everything it refers to is known.</summary>
internal sealed class ProcessSpecs(DistributedApplicationExecutionContext execution, IConfiguration configuration, IHostEnvironment host, Dashboard dashboard)
{
    // They say how the AppHost itself runs.
    private static readonly string[] NotInherited =
        ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "OTEL_SERVICE_NAME"];

    public async Task<ProcessSpec> CreateAsync(IResource resource, CancellationToken cancellation)
    {
        var environment = Inherited();
        if (resource is ProjectResource && dashboard.CollectorUrl is { } collector)
        {
            AddTelemetry(environment, resource.Name, collector);
        }

        foreach (var (name, value) in await AskedForAsync(resource, cancellation))
        {
            environment[name] = value;
        }

        CommandLineArgsCallbackContext line = new([], cancellation);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await annotation.Callback(line);
        }

        List<string> args = [];
        foreach (var arg in line.Args)
        {
            args.Add(await TextAsync(arg, cancellation));
        }

        return resource switch
        {
            ExecutableResource executable => new(executable.Command, args, executable.WorkingDirectory, environment),
            ProjectResource project => Project(project, args, environment),
            _ => throw new DistributedApplicationException($"'{resource.Name}' is no process."),
        };
    }

    private static Dictionary<string, string> Inherited()
    {
        Dictionary<string, string> environment = [];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable.Key is string name && !NotInherited.Contains(name))
            {
                environment[name] = (string?)variable.Value ?? "";
            }
        }

        return environment;
    }

    private async Task<Dictionary<string, string>> AskedForAsync(IResource resource, CancellationToken cancellation)
    {
        EnvironmentCallbackContext context = new(execution, resource, cancellationToken: cancellation);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            if (endpoint is { PortVariable: { } variable, TargetPort: { } port })
            {
                context.EnvironmentVariables.TryAdd(variable, port.ToString(CultureInfo.InvariantCulture));
            }
        }

        Dictionary<string, string> values = [];
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            values[name] = await TextAsync(value, cancellation);
        }

        return values;
    }

    private void AddTelemetry(Dictionary<string, string> environment, string name, string collector)
    {
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector;
        environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        environment["OTEL_SERVICE_NAME"] = name;
        environment["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={name}-{Guid.NewGuid().ToString("N")[..8]}";
        // The collector starts beside us: what is said before it listens is kept and sent again.
        environment["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
        if (configuration["AppHost:OtlpApiKey"] is { Length: > 0 } key)
        {
            environment["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
        }

        if (host.IsDevelopment())
        {
            // Someone is looking: show it at once.
            environment["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
            environment["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
            environment["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
            environment["OTEL_TRACES_SAMPLER"] = "always_on";
            environment["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
        }
    }

    private static ProcessSpec Project(ProjectResource project, List<string> args, Dictionary<string, string> environment)
    {
        var metadata = project.Annotations.OfType<IProjectMetadata>().Last();
        var assembly = metadata.GetType().GetCustomAttribute<BuiltAssemblyAttribute>()?.Path
            ?? throw new DistributedApplicationException($"'{project.Name}': {metadata.GetType()} doesn't say where it was built.");
        if (!File.Exists(assembly))
        {
            throw new DistributedApplicationException($"'{project.Name}': {assembly} isn't there. Build the solution first.");
        }

        // …/dotnet/shared/Microsoft.NETCore.App/10.0.0/
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        environment.TryAdd("DOTNET_ROOT", root);
        var native = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        var folder = Path.GetDirectoryName(metadata.ProjectPath)!;
        return File.Exists(native)
            ? new(native, args, folder, environment)
            : new(Path.Combine(root, "dotnet"), [assembly, .. args], folder, environment);
    }

    private static async ValueTask<string> TextAsync(object value, CancellationToken cancellation) => value switch
    {
        string text => text,
        IValueProvider provider => await provider.GetValueAsync(cancellation) ?? "",
        IResourceBuilder<IResource> { Resource: IValueProvider provider } => await provider.GetValueAsync(cancellation) ?? "",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
