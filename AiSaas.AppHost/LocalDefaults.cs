namespace AiSaas.AppHost;

/// <summary>What a launch profile would set, so that <c>./run</c>, <c>dotnet run</c>, an IDE and a test all start the same way.</summary>
/// <remarks>As arguments, because Aspire reads these while the builder is made, and because variables of this process would
/// reach whatever else runs in it, such as the other tests. What is set already stays.</remarks>
internal static class LocalDefaults
{
    public static string[] Before(string[] args)
    {
        (string Name, string Value)[] defaults =
        [
            ("ASPNETCORE_URLS", Loopback("AISAAS_DASHBOARD_PORT", 18888)),
            ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", Loopback("AISAAS_OTLP_GRPC_PORT", 18889)),
            ("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", Loopback("AISAAS_OTLP_HTTP_PORT", 18890)),
            // Loopback only, so plain HTTP and no sign-in do for the dashboard.
            ("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true"),
            ("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", "true"),
            // A published graph is no development, and says so itself.
            .. IsPublishing(args) || IsSet("ASPNETCORE_ENVIRONMENT") || IsSet("DOTNET_ENVIRONMENT") ? [] : ((string, string)[])[("environment", "Development")],
        ];
        return [.. defaults.Where(setting => !IsSet(setting.Name)).Select(setting => $"--{setting.Name}={setting.Value}"), .. args];
    }

    private static bool IsPublishing(string[] args) =>
        args.Any(arg => arg.Contains("publish", StringComparison.OrdinalIgnoreCase));

    private static string Loopback(string variable, int port) =>
        $"http://127.0.0.1:{Environment.GetEnvironmentVariable(variable) ?? $"{port}"}";

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
