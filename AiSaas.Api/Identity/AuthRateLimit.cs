using System.Threading.RateLimiting;
using AiSaas.Api.Common;

namespace AiSaas.Api.Identity;

/// <summary>Holds back who tries many accounts from one address; one account's guesses are held back by its lockout.</summary>
internal static class AuthRateLimit
{
    public const string Policy = "auth";

    public static IServiceCollection AddAuthRateLimit(this IServiceCollection services, IConfiguration configuration)
    {
        int perMinute = configuration.GetValue("Identity:AttemptsPerMinute", 120);
        return services.AddRateLimiter(options =>
        {
            options.AddPolicy(Policy, context => RateLimitPartition.GetSlidingWindowLimiter(
                context.Connection.RemoteIpAddress,
                _ => new SlidingWindowRateLimiterOptions { PermitLimit = perMinute, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6 }));
            options.OnRejected = async (rejected, _) =>
            {
                rejected.HttpContext.Response.Headers.RetryAfter = "10";
                await Problems.Of(
                    StatusCodes.Status429TooManyRequests, "limits:exceeded", "Too many attempts from this address. Wait a moment.",
                    "Slow down").ExecuteAsync(rejected.HttpContext);
            };
        });
    }
}
