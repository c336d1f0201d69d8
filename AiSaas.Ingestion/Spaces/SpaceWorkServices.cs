using AiSaas.Core.Jobs;

namespace AiSaas.Ingestion.Spaces;

internal static class SpaceWorkServices
{
    /// <summary>Moves workspaces between embedding spaces. Needs retrieval, the gateway and jobs.</summary>
    public static IHostApplicationBuilder AddSpaceWork(this IHostApplicationBuilder builder)
    {
        builder.Services.AddJobHandler<SwitchSpace>(JobKind.Reembed);
        builder.Services.AddJobHandler<SwitchSpacePart>(JobKind.ReembedPart);
        builder.Services.AddHostedService<SpaceKeeper>();
        return builder;
    }
}
