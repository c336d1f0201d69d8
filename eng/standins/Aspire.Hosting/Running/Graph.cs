using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Running;

/// <summary>Starts every resource, each when what it waits for is there, and stops them the other way round.</summary>
internal sealed class Graph(
    IResourceCollection resources, ProcessSpecs specs, Launcher launcher, HealthProbe health,
    ResourceNotificationService notifications, ConsoleLines console, Dashboard dashboard, TimeProvider time) : IHostedService
{
    private readonly List<ResourceRun> _runs = [];
    private readonly SemaphoreSlim _stopping = new(1, 1);
    private ChildProcess? _dashboard;
    private bool _stopped;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // A value that is missing is told before anything runs.
        foreach (var parameter in resources.OfType<ParameterResource>())
        {
            await parameter.GetValueAsync(cancellationToken);
            await notifications.PublishUpdateAsync(parameter, state => state with { State = KnownResourceStates.Running });
        }

        Allocate();
        _dashboard = await dashboard.StartAsync();
        // Whoever offers or proves nothing while it runs has done its work when it ends by itself.
        var completed = resources.SelectMany(resource => resource.Annotations.OfType<WaitAnnotation>())
            .Where(wait => wait.WaitType is WaitType.WaitForCompletion)
            .Select(wait => wait.Resource)
            .ToHashSet();
        _runs.AddRange(resources
            .Where(resource => resource is not IResourceWithoutLifetime)
            .Select(resource => new ResourceRun(
                resource, completed.Contains(resource) || !IsService(resource), completed.Contains(resource), specs, launcher, health, notifications, console, time)));
        _runs.ForEach(run => run.Start());
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.WaitAsync(CancellationToken.None);
        try
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            Dictionary<IResource, Task> stopped = [];
            foreach (var run in DependentsFirst())
            {
                var dependents = _runs.Where(other => other.Dependencies.Contains(run.Resource)).Select(other => stopped[other.Resource]).ToArray();
                stopped[run.Resource] = StopAfterAsync(run, dependents);
            }

            await Task.WhenAll(stopped.Values);
            // Last, so that it sees the others' last words.
            await (_dashboard?.StopAsync(TimeSpan.FromSeconds(5), time) ?? Task.CompletedTask);
        }
        finally
        {
            _stopping.Release();
        }
    }

    private static bool IsService(IResource resource) => resource.Annotations.Any(annotation => annotation is EndpointAnnotation or HealthCheckAnnotation);

    private static async Task StopAfterAsync(ResourceRun run, Task[] dependents)
    {
        await Task.WhenAll(dependents);
        await run.StopAsync();
    }

    private List<ResourceRun> DependentsFirst()
    {
        List<ResourceRun> ordered = [];
        HashSet<IResource> seen = [];
        foreach (var run in _runs)
        {
            Visit(run);
        }

        ordered.Reverse();
        return ordered;

        void Visit(ResourceRun run)
        {
            if (!seen.Add(run.Resource))
            {
                return;
            }

            foreach (var dependency in _runs.Where(other => run.Dependencies.Contains(other.Resource)))
            {
                Visit(dependency);
            }

            ordered.Add(run);
        }
    }

    // There is no proxy: the port that others are told is the one that the process listens on.
    private void Allocate()
    {
        List<TcpListener> held = [];
        foreach (var resource in resources.Where(resource => resource is not ContainerResource))
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                var fixedPort = endpoint.Port ?? endpoint.TargetPort;
                var port = Hold(held, fixedPort, resource.Name);
                endpoint.TargetPort = port;
                endpoint.AllocatedEndpoint = new(endpoint, endpoint.TargetHost, port);
            }
        }

        // All were held together, so that none was given out twice.
        held.ForEach(listener => listener.Stop());
    }

    private static int Hold(List<TcpListener> held, int? port, string name)
    {
        TcpListener listener = new(IPAddress.Loopback, port ?? 0);
        try
        {
            listener.Start();
        }
        catch (SocketException)
        {
            held.ForEach(other => other.Stop());
            throw new DistributedApplicationException($"Port {port} of '{name}' is taken by another process.");
        }

        held.Add(listener);
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
