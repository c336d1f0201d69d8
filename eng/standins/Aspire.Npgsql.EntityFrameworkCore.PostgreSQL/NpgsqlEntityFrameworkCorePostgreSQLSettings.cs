namespace Aspire.Npgsql.EntityFrameworkCore.PostgreSQL;

/// <summary>What <c>AddNpgsqlDbContext</c> reads from <c>Aspire:Npgsql:EntityFrameworkCore:PostgreSQL</c>.</summary>
public sealed class NpgsqlEntityFrameworkCorePostgreSQLSettings
{
    public string? ConnectionString { get; set; }

    /// <summary>Seconds; null leaves Npgsql's own default.</summary>
    public int? CommandTimeout { get; set; }

    public bool DisableHealthChecks { get; set; }

    public bool DisableMetrics { get; set; }

    public bool DisableRetry { get; set; }

    public bool DisableTracing { get; set; }
}
