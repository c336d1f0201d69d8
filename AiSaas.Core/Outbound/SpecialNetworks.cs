using System.Net;

namespace AiSaas.Core.Outbound;

/// <summary>Blocks of addresses that are not the public internet, after IANA's registries of special-purpose addresses.</summary>
internal static class SpecialNetworks
{
    /// <summary>Clouds hand out credentials from here; an allowed network that is wider doesn't open it.</summary>
    public static readonly IPNetwork[] LinkLocal = Parse("169.254.0.0/16", "fe80::/10");

    /// <summary>Nothing that one connects to.</summary>
    public static readonly IPNetwork[] NoHosts = Parse("0.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32", "::/128", "ff00::/8");

    public static readonly IPNetwork[] NotPublic4 = Parse(
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
        "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "240.0.0.0/4",
        // Public by number, but what answers there is the host's own platform (Azure's wire server, Alibaba's metadata is in 100.64/10).
        "168.63.129.16/32");

    /// <summary>All public hosts of IPv6 are in here; loopback, unique local (with AWS's metadata), site-local and the rest are not.</summary>
    public static readonly IPNetwork Public6 = IPNetwork.Parse("2000::/3");

    /// <summary>Not public, although within <see cref="Public6"/>: protocols' own (Teredo, ORCHID, benchmarks), documentation, 6to4.</summary>
    public static readonly IPNetwork[] NotPublic6 = Parse("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48");

    /// <summary>Well-known NAT64: the last 32 bits are the IPv4 address that a translator connects to.</summary>
    public static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    private static IPNetwork[] Parse(params string[] networks) => [.. networks.Select(network => IPNetwork.Parse(network))];
}
