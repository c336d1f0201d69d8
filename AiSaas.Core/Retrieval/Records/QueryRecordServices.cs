using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Retrieval.Records;

internal static class QueryRecordServices
{
    public static IServiceCollection AddQueryRecords(this IServiceCollection services)
    {
        services.AddOptions<QueryRecordOptions>().BindConfiguration(QueryRecordOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<QueryRecorder>();
        services.AddHostedService(provider => provider.GetRequiredService<QueryRecorder>());
        services.TryAddSingleton<QueryRecords>();
        return services;
    }
}
