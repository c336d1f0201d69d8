using System.Net;
using AiSaas.Core.Outbound;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Options;

namespace AiSaas.Tests.Outbound;

public sealed class AddressPolicyTests
{
    private static AddressPolicy Policy(params string[] allowed) => new(Options.Create(new OutboundOptions { AllowedNetworks = allowed }));

    [Theory]
    // This host, and nobody.
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("::")]
    [InlineData("::1")]
    // Private, shared (CGNAT), link-local with the clouds' metadata.
    [InlineData("10.0.0.1")]
    [InlineData("10.255.255.255")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.0.1")]
    [InlineData("192.168.255.255")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("100.127.255.255")]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.170.2")]
    [InlineData("169.254.0.1")]
    [InlineData("168.63.129.16")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%2")]
    [InlineData("febf::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fd12:3456:789a::1")]
    [InlineData("fec0::1")]
    // Protocols, documentation, benchmarks, reserved.
    [InlineData("192.0.0.8")]
    [InlineData("192.0.0.170")]
    [InlineData("192.0.2.1")]
    [InlineData("198.51.100.7")]
    [InlineData("203.0.113.9")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("192.88.99.1")]
    [InlineData("240.0.0.1")]
    [InlineData("250.1.1.1")]
    [InlineData("255.255.255.255")]
    [InlineData("2001:db8::1")]
    [InlineData("3fff::1")]
    [InlineData("2001:2::1")]
    [InlineData("2001:20::1")]
    [InlineData("100::1")]
    [InlineData("5f00::1")]
    // Many at once.
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.250")]
    [InlineData("ff02::1")]
    [InlineData("ff0e::1")]
    // IPv4 in disguise: mapped, compatible, NAT64, 6to4, Teredo, ISATAP.
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::ffff:a9fe:a9fe")]
    [InlineData("::127.0.0.1")]
    [InlineData("::10.0.0.1")]
    [InlineData("::ffff:0:127.0.0.1")]
    [InlineData("64:ff9b::127.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("64:ff9b:1::a9fe:a9fe")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("2002:a00:1::")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("2002:808:808::1")]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2")]
    [InlineData("2a00:1450::5efe:10.0.0.1")]
    [InlineData("2a00:1450::200:5efe:127.0.0.1")]
    public void Is_not_the_public_internet(string address) => Assert.False(Policy().Allows(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("8.8.8.8")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001:82a::200e")]
    public void Is_public(string address) => Assert.True(Policy().Allows(IPAddress.Parse(address)));

    [Fact]
    public void An_allowed_network_opens_itself_in_every_disguise_and_nothing_beside_it()
    {
        var policy = Policy("10.20.0.0/16", "fd00:1234::/32");

        Assert.All(
            ["10.20.0.1", "10.20.255.254", "::ffff:10.20.3.4", "64:ff9b::10.20.3.4", "fd00:1234::5"],
            address => Assert.True(policy.Allows(IPAddress.Parse(address)), address));
        Assert.All(
            ["10.21.0.1", "10.19.255.255", "127.0.0.1", "fd00:1235::5", "::ffff:10.21.0.1", "169.254.169.254"],
            address => Assert.False(policy.Allows(IPAddress.Parse(address)), address));
    }

    [Fact]
    public void However_wide_metadata_is_opened_by_its_own_name_alone_and_what_is_no_host_never()
    {
        var everything = Policy("0.0.0.0/0", "::/0");
        var metadata = Policy("169.254.169.254/32");

        Assert.All(
            ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1"],
            address => Assert.False(everything.Allows(IPAddress.Parse(address)), address));
        Assert.True(everything.Allows(IPAddress.Parse("127.0.0.1")));
        Assert.True(metadata.Allows(IPAddress.Parse("169.254.169.254")));
        Assert.False(metadata.Allows(IPAddress.Parse("169.254.169.253")));
    }

    [Fact]
    public void Mapping_and_translating_an_address_changes_nothing() => Prop.ForAll(
        ArbMap.Default.ArbFor<uint>(),
        bits =>
        {
            IPAddress plain = new([(byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits]);
            var policy = Policy();
            IPAddress translated = new([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, .. plain.GetAddressBytes()]);
            return policy.Allows(plain) == policy.Allows(plain.MapToIPv6()) && policy.Allows(plain) == policy.Allows(translated);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(80, true)]
    [InlineData(443, true)]
    [InlineData(8080, true)]
    [InlineData(50_123, true)]
    [InlineData(0, false)]
    [InlineData(21, false)]
    [InlineData(22, false)]
    [InlineData(25, false)]
    [InlineData(53, false)]
    [InlineData(445, false)]
    [InlineData(2375, false)]
    [InlineData(3306, false)]
    [InlineData(5432, false)]
    [InlineData(6379, false)]
    [InlineData(11211, false)]
    [InlineData(27017, false)]
    public void Ports_of_other_protocols_are_closed(int port, bool open) => Assert.Equal(open, Policy().Allows(port));
}
