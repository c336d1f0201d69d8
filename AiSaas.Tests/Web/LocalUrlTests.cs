using AiSaas.Web.Security;

namespace AiSaas.Tests.Web;

public sealed class LocalUrlTests
{
    [Theory]
    [InlineData("/chat/1?x=2#y")]
    [InlineData("/")]
    public void A_path_of_this_site_is_local(string url) => Assert.Equal(url, LocalUrl.OrChat(url));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("chat")]
    [InlineData("https://evil.example")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("/a\\b")]
    [InlineData("/\t/evil.example")]
    [InlineData("\n//evil.example")]
    [InlineData("javascript:alert(1)")]
    public void Anything_else_leads_to_the_chats(string? url) => Assert.Equal("/chat", LocalUrl.OrChat(url));
}
