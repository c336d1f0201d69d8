using System.Net;
using AiSaas.Web.Components;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;

namespace AiSaas.Tests.Web;

/// <summary>The front end on a real socket, in front of an api at any address: streams and broken connections need the wire.</summary>
public sealed class WebHost : WebApplicationFactory<App>
{
    private readonly string _api;
    private readonly Dictionary<string, string> _settings;

    public WebHost(string api, Dictionary<string, string>? settings = null)
    {
        _api = api;
        _settings = settings ?? [];
        // Not UseKestrel(0): that sets the address after the program may have started its server already.
        UseKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        StartServer();
    }

    /// <summary>A browser of its own: cookies kept, redirects left to the test.</summary>
    public HttpClient Visit(bool follow = false) => new(new HttpClientHandler { AllowAutoRedirect = follow })
    {
        BaseAddress = ClientOptions.BaseAddress,
        Timeout = TimeSpan.FromSeconds(30),
    };

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Production");
        // Production expects published files; these tests run from the build's output, where compressed ones lie elsewhere.
        builder.UseStaticWebAssets();
        builder.ConfigureLogging(logging => logging.ClearProviders());
        builder.UseSetting("services:api:http:0", _api);
        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }
    }
}
