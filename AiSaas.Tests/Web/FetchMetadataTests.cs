using System.Net;
using AiSaas.Web.Security;
using Microsoft.AspNetCore.Http;

namespace AiSaas.Tests.Web;

public sealed class FetchMetadataTests
{
    [Theory]
    [InlineData("GET", "session=1", "cross-site", "https://evil.example", true)] // safe methods change nothing
    [InlineData("POST", "session=1", "same-origin", null, true)]
    [InlineData("POST", "session=1", "none", null, true)]
    [InlineData("POST", "session=1", "cross-site", null, false)]
    [InlineData("POST", "session=1", "same-site", null, false)] // a neighbour on the same domain is a stranger too
    [InlineData("DELETE", "session=1", "cross-site", "https://app.example", false)] // the first header decides
    [InlineData("POST", "session=1", null, "https://app.example", true)]
    [InlineData("POST", "session=1", null, "https://app.example:8443", false)]
    [InlineData("POST", "session=1", null, "https://evil.example", false)]
    [InlineData("POST", "session=1", null, "null", false)] // sandboxed frames and data: pages
    [InlineData("POST", "session=1", null, null, true)] // programs
    [InlineData("POST", null, "cross-site", "https://evil.example", true)] // nobody's name to act in
    public void Only_our_own_pages_and_programs_act_with_a_cookie(string method, string? cookie, string? site, string? origin, bool may)
    {
        DefaultHttpContext context = new();
        context.Request.Method = method;
        context.Request.Host = new HostString("app.example");
        if (cookie is not null)
        {
            context.Request.Headers.Cookie = cookie;
        }

        if (site is not null)
        {
            context.Request.Headers["Sec-Fetch-Site"] = site;
        }

        if (origin is not null)
        {
            context.Request.Headers.Origin = origin;
        }

        Assert.Equal(may, FetchMetadata.MayAct(context.Request));
    }

    [Theory]
    [InlineData("app.example:443", "https://app.example")]
    [InlineData("127.0.0.1:5080", "http://127.0.0.1:5080")]
    [InlineData("[::1]:5080", "http://[::1]:5080")]
    public void An_origin_is_ours_whether_or_not_its_port_is_spelled_out(string host, string origin)
    {
        DefaultHttpContext context = new();
        context.Request.Host = new HostString(host);
        context.Request.Headers.Origin = origin;

        Assert.True(FetchMetadata.IsOwnOrigin(context.Request));
    }

    [Fact]
    public async Task A_form_sent_from_another_site_is_refused_before_the_api_hears_of_it()
    {
        bool heard = false;
        await using var api = await StubApi.StartAsync(context =>
        {
            heard = true;
            return Task.CompletedTask;
        });
        await using WebHost web = new(api.Url);
        foreach (string path in (string[])["/logout", "/api/collections", "/login"])
        {
            using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new FormUrlEncodedContent([]) };
            request.Headers.Add("Cookie", "aisaas-session=stolen");
            request.Headers.Add("Sec-Fetch-Site", "cross-site");
            using HttpClient visitor = new(new HttpClientHandler { UseCookies = false }) { BaseAddress = web.ClientOptions.BaseAddress };
            using var answer = await visitor.SendAsync(request, TestContext.Current.CancellationToken);

            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        Assert.False(heard);
    }
}
