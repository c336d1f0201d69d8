using AiSaas.Core.Outbound;
using Microsoft.Extensions.Options;

namespace AiSaas.Tests.Outbound;

public sealed class OutboundUrlTests
{
    private static readonly AddressPolicy Policy = new(Options.Create(new OutboundOptions()));

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.com/")]
    [InlineData("gopher://example.com:6379/_FLUSHALL")]
    [InlineData("javascript:alert(1)")]
    [InlineData("//example.com/x")]
    [InlineData("/etc/passwd")]
    [InlineData("https://")]
    [InlineData("https:///path")]
    [InlineData("http://user@example.com/")]
    [InlineData("http://user:secret@example.com/")]
    [InlineData("http://@example.com/")]
    [InlineData("http://example.com@127.0.0.1/")]
    [InlineData("http://example.com:22/")]
    [InlineData("http://example.com:6379/")]
    [InlineData("http://exa mple.com/")]
    [InlineData("http://example.com/\r\nHost: x")]
    [InlineData("http://example.com\\@127.0.0.1/")]
    // Literal addresses, odd spellings of IPv4.
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://127.1/")]
    [InlineData("http://127.0.1/")]
    [InlineData("http://0/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0x7f.0.0.1/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://017700000001/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://134744072/")]
    [InlineData("http://08.8.8.8/")]
    [InlineData("http://0251.0376.0251.0376/")]
    [InlineData("http://2852039166/")]
    [InlineData("http://127.0.0.1.:80/")]
    [InlineData("http://256.1.1.1/")]
    [InlineData("http://1.2.3.4.5/")]
    [InlineData("http://１２７.０.０.１/")]
    [InlineData("http://127。0。0。1/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:7f00:1]/")]
    [InlineData("http://[fe80::1%25eth0]/")]
    [InlineData("http://[64:ff9b::a9fe:a9fe]/")]
    [InlineData("http://[2002:7f00:1::]/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://192.168.1.1/admin")]
    [InlineData("")]
    [InlineData(null)]
    public void Is_refused_before_any_name_is_resolved(string? text) =>
        Assert.False(OutboundUrl.TryRead(text, Policy, out _, out _), text);

    [Theory]
    [InlineData("https://example.com", "https://example.com/")]
    [InlineData("http://example.com:8080/hooks?id=1", "http://example.com:8080/hooks?id=1")]
    [InlineData("HTTPS://Example.COM/a#part", "https://example.com/a")]
    [InlineData("https://8.8.8.8/", "https://8.8.8.8/")]
    [InlineData("https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/")]
    [InlineData("https://münchen.example/", "https://münchen.example/")]
    [InlineData("https://1e100.example/", "https://1e100.example/")]
    [InlineData("https://127.0.0.1.example.com/", "https://127.0.0.1.example.com/")]
    public void Is_an_address_to_try(string text, string read)
    {
        Assert.True(OutboundUrl.TryRead(text, Policy, out var url, out string? fault), fault);
        Assert.Equal(read, url.AbsoluteUri);
    }
}
