namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>Which URI schemes may be resolved, and how often providers without change tokens are asked again.</summary>
public sealed class ServiceDiscoveryOptions
{
    public bool AllowAllSchemes { get; set; } = true;

    /// <summary>Not used by the configuration provider, which is told of changes.</summary>
    public TimeSpan RefreshPeriod { get; set; } = TimeSpan.FromSeconds(60);

    public IList<string> AllowedSchemes { get; set; } = [];

    /// <summary>The requested schemes that are allowed; all allowed ones if none was requested.</summary>
    public IReadOnlyList<string> ApplyAllowedSchemes(IReadOnlyList<string> requestedSchemes)
    {
        ArgumentNullException.ThrowIfNull(requestedSchemes);
        if (requestedSchemes.Count == 0)
        {
            return [.. AllowedSchemes];
        }

        return AllowAllSchemes
            ? requestedSchemes
            : [.. requestedSchemes.Where(scheme => AllowedSchemes.Contains(scheme, StringComparer.OrdinalIgnoreCase))];
    }
}
