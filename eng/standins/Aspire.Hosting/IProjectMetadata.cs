using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>What a generated <c>Projects.*</c> class says of a project.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }
}

public class ProjectResourceOptions
{
    public string? LaunchProfileName { get; set; }

    public bool ExcludeLaunchProfile { get; set; }

    public bool ExcludeKestrelEndpoints { get; set; }
}

public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>Of the stand-in alone: where the build put the project's assembly, so that no <c>dotnet run</c> is needed.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class BuiltAssemblyAttribute(string path) : Attribute
{
    public string Path { get; } = path;
}
