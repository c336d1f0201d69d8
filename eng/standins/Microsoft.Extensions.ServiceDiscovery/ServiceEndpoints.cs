using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>Turns <c>https+http://_endpoint.api/path</c> into the address of one of the service's endpoints.</summary>
/// <remarks>
/// 1. The schemes before <c>://</c>, split at <c>+</c>, are preferences, best first.
/// 2. The host is the service; a first label with an underscore names one of its endpoints.
/// 3. Without an endpoint's name, <c>Services:{service}:default</c> is looked up, then <c>Services:{service}:{scheme}</c> for each scheme in order.
/// 4. Several addresses are taken in turn. No section: the address passes through with its first scheme.
/// </remarks>
internal sealed class ServiceEndpoints : IDisposable
{
    // Names come from code, but a client that follows links may ask for any host: those are not remembered.
    private readonly ConcurrentDictionary<string, Turns> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly IConfiguration _configuration;
    private readonly ServiceDiscoveryOptions _options;
    private readonly IDisposable _changes;

    public ServiceEndpoints(IConfiguration configuration, IOptions<ServiceDiscoveryOptions> options)
    {
        _configuration = configuration;
        _options = options.Value;
        _changes = ChangeToken.OnChange(configuration.GetReloadToken, _known.Clear);
    }

    public void Dispose() => _changes.Dispose();

    public Uri Resolve(Uri asked)
    {
        var requested = asked.Scheme.Split('+');
        var allowed = _options.ApplyAllowedSchemes(requested);
        if (allowed.Count == 0)
        {
            throw new InvalidOperationException($"None of the schemes of '{asked.Scheme}://{asked.Authority}' is allowed.");
        }

        var key = $"{asked.Scheme}://{asked.Host}";
        if (!_known.TryGetValue(key, out var turns))
        {
            if (Look(asked.Host, allowed) is not { Length: > 0 } found)
            {
                return PassThrough(asked, requested, allowed);
            }

            turns = _known.GetOrAdd(key, new Turns(found));
        }

        var endpoint = turns.Next();
        return new UriBuilder(asked)
        {
            Scheme = endpoint.Scheme,
            Host = endpoint.Host,
            Port = endpoint.IsDefaultPort ? -1 : endpoint.Port,
            Path = Join(endpoint.AbsolutePath, asked.AbsolutePath),
        }.Uri;
    }

    private Uri[]? Look(string host, IReadOnlyList<string> schemes)
    {
        var (service, endpoint) = Split(host);
        var section = _configuration.GetSection("Services").GetSection(service);
        IEnumerable<string> names = endpoint is null ? ["default", .. schemes] : [endpoint];
        var named = names.Select(section.GetSection).FirstOrDefault(candidate => candidate.Exists());
        if (named is null)
        {
            return null;
        }

        var values = string.IsNullOrWhiteSpace(named.Value) ? named.GetChildren().Select(child => child.Value) : [named.Value];
        var all = values.Select(value => Parse(value, schemes[0], service)).ToArray();
        // Of the schemes that are on offer, the most preferred one; the others are a fallback that isn't needed.
        var best = schemes.FirstOrDefault(scheme => all.Any(uri => uri.Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase)));
        return [.. all.Where(uri => uri.Scheme.Equals(best, StringComparison.OrdinalIgnoreCase))];
    }

    private static Uri Parse(string? value, string scheme, string service)
    {
        var text = value is not null && value.Contains("://", StringComparison.Ordinal) ? value : $"{scheme}://{value}";
        return Uri.TryCreate(text, UriKind.Absolute, out var uri)
            ? uri
            : throw new KeyNotFoundException($"The endpoint configuration section for service '{service}' has an invalid value '{value}'.");
    }

    private static (string Service, string? Endpoint) Split(string host)
    {
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return host.StartsWith('_') && dot > 1 && dot < host.Length - 1 ? (host[(dot + 1)..], host[1..dot]) : (host, null);
    }

    private static Uri PassThrough(Uri asked, string[] requested, IReadOnlyList<string> allowed)
    {
        var (service, _) = Split(asked.Host);
        if (requested.Length == 1 && service == asked.Host)
        {
            return asked;
        }

        return new UriBuilder(asked) { Scheme = allowed[0], Host = service, Port = asked.IsDefaultPort ? -1 : asked.Port }.Uri;
    }

    private static string Join(string prefix, string path) => prefix is "" or "/" ? path : prefix.TrimEnd('/') + path;

    private sealed class Turns(Uri[] endpoints)
    {
        private uint _next = uint.MaxValue;

        public Uri Next() => endpoints[Interlocked.Increment(ref _next) % (uint)endpoints.Length];
    }
}
