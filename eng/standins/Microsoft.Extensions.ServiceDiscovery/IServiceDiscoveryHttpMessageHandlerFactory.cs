namespace Microsoft.Extensions.ServiceDiscovery.Http;

/// <summary>For handlers that are made without <c>IHttpClientFactory</c>.</summary>
public interface IServiceDiscoveryHttpMessageHandlerFactory
{
    HttpMessageHandler CreateHandler(HttpMessageHandler handler);
}

internal sealed class ServiceDiscoveryHttpMessageHandlerFactory(ServiceEndpoints endpoints) : IServiceDiscoveryHttpMessageHandlerFactory
{
    public HttpMessageHandler CreateHandler(HttpMessageHandler handler) => new ResolvingHandler(endpoints) { InnerHandler = handler };
}
