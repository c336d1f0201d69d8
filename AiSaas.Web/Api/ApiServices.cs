using AiSaas.ServiceDefaults.Http;

namespace AiSaas.Web.Api;

internal static class ApiServices
{
    /// <summary>Pages wait this long for the api and no longer.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan HealthDeadline = TimeSpan.FromSeconds(2);

    private const int MaxAnswerBytes = 16 * 1024 * 1024;

    private static readonly Uri Address = new("https+http://api");

    public static void AddApiClient(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddHttpClient<ApiClient>(http =>
            {
                http.BaseAddress = Address;
                http.Timeout = Deadline;
                http.MaxResponseContentBufferSize = MaxAnswerBytes;
            })
            // Cookies are the visitor's: a container here would hand one visitor's to the next.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });

        services.AddHttpClient(ApiHealthCheck.Client, http =>
            {
                http.BaseAddress = Address;
                http.Timeout = HealthDeadline;
            })
            // The check is there to see a failure, not to try until there is none.
            .ConfigureResilience(options => options.Enabled = false);
        services.AddHealthChecks().AddCheck<ApiHealthCheck>("api");
    }
}
