namespace AiSaas.Api.Gateway;

/// <summary>The gateway's administration: providers, own keys, routes, live figures, the ledger, prices, limits.</summary>
internal static class AdminEndpoints
{
    public static void MapGatewayAdmin(this RouteGroupBuilder api)
    {
        var admin = api.MapGroup("/gateway").WithTags("Gateway administration").RequireAdmin();
        admin.MapProviders();
        admin.MapProviderKeys();
        admin.MapRoutes();
        admin.MapLive();
        admin.MapCalls();
        admin.MapPrices();
        admin.MapLimits();
    }
}
