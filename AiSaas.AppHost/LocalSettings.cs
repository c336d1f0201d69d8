using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace AiSaas.AppHost;

/// <summary>What moves a local run: the variables of <c>./run</c>, or the same names on the command line.</summary>
/// <param name="StateFolder">Data of the stores, and whatever else a run keeps on this machine.</param>
/// <param name="SettingsFile">Laid over all other configuration of api and workers.</param>
internal sealed record LocalSettings(
    int WebPort, int ApiPort, int PostgresPort, int RedisPort, string DashboardUrl, string StateFolder, string? SettingsFile, string? ReadyFile, string Environment)
{
    public static LocalSettings Read(IDistributedApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        return new(
            Port(configuration, "AISAAS_WEB_PORT", 5080),
            Port(configuration, "AISAAS_API_PORT", 5081),
            Port(configuration, "AISAAS_POSTGRES_PORT", 5085),
            Port(configuration, "AISAAS_REDIS_PORT", 5086),
            configuration["ASPNETCORE_URLS"] ?? "",
            FullPath(configuration["AISAAS_STATE"]) ?? Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", ".local")),
            // The services run in other folders than whoever named the file.
            FullPath(configuration["AISAAS_SETTINGS"]),
            FullPath(configuration["AISAAS_READY_FILE"]),
            builder.Environment.EnvironmentName);
    }

    private static int Port(IConfiguration configuration, string name, int otherwise) => configuration[name] is { Length: > 0 } text
        ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? port
            : throw new DistributedApplicationException($"{name} is '{text}', which is no port.")
        : otherwise;

    private static string? FullPath(string? path) => string.IsNullOrEmpty(path) ? null : Path.GetFullPath(path);
}
