namespace AiSaas.Web.Api;

internal static class ApiServices
{
    /// <summary>Pages wait this long for the api and no longer.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    private const int MaxAnswerBytes = 16 * 1024 * 1024;

    public static void AddApiClient(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddHttpClient<ApiClient>(http =>
            {
                http.BaseAddress = new Uri("https+http://api");
                http.Timeout = Deadline;
                http.MaxResponseContentBufferSize = MaxAnswerBytes;
            })
            // Cookies are the visitor's: a container here would hand one visitor's to the next.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
    }
}
