using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Runs;

public static class RunServices
{
    /// <summary>Logs of runs, for writing and reading. Needs Redis, and <see cref="IRunFallback"/> where runs are read.</summary>
    public static IServiceCollection AddRuns(this IServiceCollection services)
    {
        services.TryAddSingleton<RunLog>();
        services.TryAddSingleton<RunLogReader>();
        return services;
    }
}
