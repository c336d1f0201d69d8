using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Outbound;

/// <summary>Which addresses and ports may be connected to on a user's word.</summary>
/// <remarks>Decided on the address that a socket is about to connect to, never on a name: a name can answer differently the second
/// time it is asked.</remarks>
public sealed class AddressPolicy
{
    // Ports from 1024 on that speak something else: stores, brokers, consoles, what browsers refuse to send to.
    private static readonly int[] OtherProtocols =
    [
        1080, 1433, 1521, 1719, 1720, 1723, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 4369, 5060, 5061, 5432,
        5433, 5672, 5900, 5984, 6000, 6379, 6380, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 7000, 7001, 9042, 9092, 9200,
        9300, 10080, 10250, 10255, 11211, 26379, 27017, 27018, 50070,
    ];

    private readonly IPNetwork[] _allowed;
    private readonly int[] _ports;

    public AddressPolicy(IOptions<OutboundOptions> options)
    {
        _allowed = [.. options.Value.AllowedNetworks.Select(network => IPNetwork.Parse(network))];
        _ports = [.. options.Value.AllowedPorts];
    }

    public bool Allows(int port) =>
        port is 80 or 443 || _ports.Contains(port) || (port is >= 1024 and <= 65_535 && !OtherProtocols.Contains(port));

    public bool Allows(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        // What a socket would reach: mapped and translated addresses are IPv4 ones in disguise.
        address = Unwrap(address);
        if (Within(SpecialNetworks.NoHosts, address))
        {
            return false;
        }

        if (SpecialNetworks.LinkLocal.FirstOrDefault(network => network.Contains(address)) is { BaseAddress: not null, PrefixLength: > 0 } linkLocal)
        {
            return _allowed.Any(network =>
                network.Contains(address) && network.PrefixLength >= linkLocal.PrefixLength && linkLocal.Contains(network.BaseAddress));
        }

        return Within(_allowed, address) || IsPublic(address);
    }

    private static bool IsPublic(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !Within(SpecialNetworks.NotPublic4, address),
        AddressFamily.InterNetworkV6 =>
            SpecialNetworks.Public6.Contains(address) && !Within(SpecialNetworks.NotPublic6, address) && !IsIsatap(address),
        _ => false,
    };

    private static bool Within(IPNetwork[] networks, IPAddress address) => networks.Any(network => network.Contains(address));

    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        // A scope (fe80::1%eth0) says over which of our interfaces; networks are compared without it.
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0)
        {
            address = new IPAddress(address.GetAddressBytes());
        }

        return SpecialNetworks.Nat64.Contains(address) ? new IPAddress(address.GetAddressBytes().AsSpan(12)) : address;
    }

    // An interface id of 0000:5efe or 0200:5efe tunnels to the IPv4 address behind it, whatever the prefix.
    private static bool IsIsatap(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        return bytes[8] is 0 or 2 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
    }
}
