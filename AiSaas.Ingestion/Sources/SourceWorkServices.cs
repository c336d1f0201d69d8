using AiSaas.Core.Jobs;

namespace AiSaas.Ingestion.Sources;

internal static class SourceWorkServices
{
    /// <summary>Fetches documents from the web. Needs documents and Redis.</summary>
    public static IHostApplicationBuilder AddSourceWork(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Frontier>();
        builder.Services.AddSingleton<HostPace>();
        builder.Services.AddSingleton<RobotsFile>();
        builder.Services.AddSingleton<PageFetcher>();
        builder.Services.AddSingleton<PageRecorder>();
        builder.Services.AddJobHandler<WalkSource>(JobKind.Source);
        builder.Services.AddJobHandler<FetchPages>(JobKind.SourcePages);
        return builder;
    }
}
