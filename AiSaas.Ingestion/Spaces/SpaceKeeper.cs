using AiSaas.Core.Retrieval.Spaces;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Models;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Ingestion.Spaces;

/// <summary>Notices workspaces whose space is not that of the model they want, and removes vectors that nothing goes by any more.
/// Every worker does; jobs of one workspace are one job.</summary>
internal sealed partial class SpaceKeeper(
    NpgsqlDataSource source, SpaceDesk desk, EmbeddingCatalog catalog, IOptions<SpaceOptions> options, TimeProvider clock, ILogger<SpaceKeeper> logger)
    : BackgroundService
{
    /// <summary>A change of the installation's default concerns everybody: they move in turn.</summary>
    private const int WorkspacesAtOnce = 20;

    private const int VectorsAtOnce = 5_000;

    private const int BatchesAtOnce = 40;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(options.Value.CheckSeconds), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await KeepAsync(stoppingToken);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                Log.Later(logger, failure.Message);
            }
        }
    }

    internal async Task KeepAsync(CancellationToken cancellation)
    {
        foreach (var (tenant, model) in options.Value.Automatic ? await DueAsync(cancellation) : [])
        {
            await desk.NoticeAsync(tenant, model, cancellation);
            Log.Moves(logger, tenant, model);
        }

        for (int batch = 0; batch < BatchesAtOnce && await ExpireAsync(cancellation) > 0; batch++)
        {
            // There may be more.
        }
    }

    private async Task<List<(TenantId Tenant, string Model)>> DueAsync(CancellationToken cancellation)
    {
        string[] names = [.. catalog.Names];
        await using var command = source.CreateCommand("select tenant_id, model from app.spaces_due($1, $2, $3, $4)");
        command.Parameters.AddWithValue(names);
        command.Parameters.AddWithValue(Array.ConvertAll(names, name => catalog.SettingsOf(name).Dimensions));
        command.Parameters.AddWithValue(catalog.DefaultModel);
        command.Parameters.AddWithValue(WorkspacesAtOnce);
        List<(TenantId, string)> due = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            due.Add((TenantId.From(reader.GetGuid(0)), reader.GetString(1)));
        }

        return due;
    }

    private async Task<int> ExpireAsync(CancellationToken cancellation)
    {
        await using var command = source.CreateCommand("select app.expire_spaces($1)");
        command.Parameters.AddWithValue(VectorsAtOnce);
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Workspace {Tenant} moves to the embedding model {Model}")]
        public static partial void Moves(ILogger logger, TenantId tenant, string model);

        [LoggerMessage(LogLevel.Warning, "Embedding spaces will be looked after later: {Reason}")]
        public static partial void Later(ILogger logger, string reason);
    }
}
