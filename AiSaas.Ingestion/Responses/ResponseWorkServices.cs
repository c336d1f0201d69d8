using AiSaas.Core.Gateway.Responses;
using AiSaas.Core.Jobs;

namespace AiSaas.Ingestion.Responses;

internal static class ResponseWorkServices
{
    /// <summary>Makes background responses. Needs the gateway.</summary>
    public static IHostApplicationBuilder AddResponseWork(this IHostApplicationBuilder builder)
    {
        builder.Services.AddResponses();
        builder.Services.AddJobHandler<RunResponse>(JobKind.Response);
        builder.Services.AddHostedService<ResponseExpiry>();
        return builder;
    }
}
