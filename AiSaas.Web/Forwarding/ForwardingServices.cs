using System.Net;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.ServiceDiscovery.Http;

namespace AiSaas.Web.Forwarding;

internal static class ForwardingServices
{
    public static void AddApiForwarder(this IServiceCollection services)
    {
        services.AddOptions<ForwarderOptions>().BindConfiguration("Forwarder").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(CreateForwarder);
    }

    /// <summary>Browsers and programs reach the whole api through this origin.</summary>
    public static void MapApiForwarder(this IEndpointRouteBuilder routes)
    {
        foreach (string prefix in (string[])["api", "v1", "openapi"])
        {
            routes.Map($"/{prefix}/{{**rest}}", ForwardAsync).ExcludeFromDescription();
        }
    }

    private static Task ForwardAsync(HttpContext context, ApiForwarder forwarder)
    {
        if (context.Features.Get<IStatusCodePagesFeature>() is { } pages)
        {
            // The api's errors leave as the api wrote them.
            pages.Enabled = false;
        }

        return forwarder.ForwardAsync(context);
    }

    private static ApiForwarder CreateForwarder(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<ForwarderOptions>>();
        // Not from IHttpClientFactory: its defaults would repeat requests and count their time, which streams must not know.
        SocketsHttpHandler sockets = new()
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = options.Value.ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            Expect100ContinueTimeout = TimeSpan.FromSeconds(2),
        };
        var handler = services.GetRequiredService<IServiceDiscoveryHttpMessageHandlerFactory>().CreateHandler(sockets);
        return new ApiForwarder(
            new HttpMessageInvoker(handler), options,
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ApiForwarder>>());
    }
}
