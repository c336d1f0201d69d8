namespace AiSaas.AppHost;

/// <summary>What a launch profile would set, so that <c>./run</c>, <c>dotnet run</c>, an IDE and a test all start the same way.</summary>
/// <remarks>Before the builder is made, because Aspire reads these while it is made. What is set already stays.</remarks>
internal static class LocalDefaults
{
    public static void Apply(string[] args)
    {
        if (args.Contains("--publisher") || args.Contains("publish"))
        {
            return;
        }

        Set("DOTNET_ENVIRONMENT", "Development");
        Set("ASPNETCORE_URLS", Loopback("AISAAS_DASHBOARD_PORT", 18888));
        Set("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", Loopback("AISAAS_OTLP_GRPC_PORT", 18889));
        Set("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", Loopback("AISAAS_OTLP_HTTP_PORT", 18890));
        // Loopback only, so plain HTTP and no sign-in do for the dashboard.
        Set("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true");
        Set("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", "true");
    }

    private static string Loopback(string variable, int port) =>
        $"http://127.0.0.1:{Environment.GetEnvironmentVariable(variable) ?? $"{port}"}";

    private static void Set(string name, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
