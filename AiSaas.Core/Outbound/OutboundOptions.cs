using System.ComponentModel.DataAnnotations;
using System.Net;

namespace AiSaas.Core.Outbound;

/// <summary>Section <c>Outbound</c>: where the product may go when a user names the address.</summary>
public sealed class OutboundOptions : IValidatableObject
{
    public const string Section = "Outbound";

    /// <summary>Networks that are not public and may be reached all the same, such as <c>10.20.0.0/16</c> for a company's own systems;
    /// every workspace can then reach them. Link-local addresses, where clouds keep their credentials, only by an entry that lies
    /// within them.</summary>
    public IReadOnlyList<string> AllowedNetworks { get; init; } = [];

    /// <summary>Ports besides 80, 443 and those from 1024 on that belong to no other protocol.</summary>
    public IReadOnlyList<int> AllowedPorts { get; init; } = [];

    /// <summary>Until a connection stands, over all of a name's addresses; resolving the name has as long again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (string network in AllowedNetworks)
        {
            if (!IPNetwork.TryParse(network, out _))
            {
                yield return new($"Outbound:AllowedNetworks: '{network}' is no network; write 10.20.0.0/16, or 10.20.3.4/32 for one address.");
            }
        }

        foreach (int port in AllowedPorts.Where(port => port is < 1 or > 65_535))
        {
            yield return new($"Outbound:AllowedPorts: {port} is no port.");
        }
    }
}
