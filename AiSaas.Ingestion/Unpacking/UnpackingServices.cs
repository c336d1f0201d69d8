using AiSaas.Ingestion.Unpacking.Zip;

namespace AiSaas.Ingestion.Unpacking;

internal static class UnpackingServices
{
    /// <summary>What makes documents of the files of archives and mails. Needs documents.</summary>
    public static IServiceCollection AddUnpacking(this IServiceCollection services)
    {
        services.AddOptions<UnpackingOptions>().BindConfiguration(UnpackingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IUnpacker, ZipUnpacker>();
        services.AddSingleton<IUnpacker, MailUnpacker>();
        services.AddSingleton<Containers>();
        return services.AddSingleton<UnpackStage>();
    }
}
