using System.Threading.Channels;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiSaas.Core.Gateway.Keys;

/// <summary>Writes down which of the workspaces' keys their providers refuse, off the calls' way.</summary>
/// <remarks>What is lost in a crash is found out again by the next call.</remarks>
public sealed partial class OwnKeyNotes(TenantDatabase database, TimeProvider clock, ILogger<OwnKeyNotes> logger) : BackgroundService
{
    private const int MostWaiting = 1_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly Channel<Note> _notes = Channel.CreateBounded<Note>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <param name="tenant">Whose key.</param>
    /// <param name="key">Which.</param>
    /// <param name="reason">Why it is out of use; null when it is back.</param>
    internal void Add(TenantId tenant, ProviderKeyId key, string? reason) => _notes.Writer.TryWrite(new(tenant, key, reason));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var note in _notes.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await WriteAsync(note, stoppingToken);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException or OperationCanceledException && !stoppingToken.IsCancellationRequested)
            {
                Log.NotWritten(logger, note.Key, failure);
            }
        }
    }

    private async Task WriteAsync(Note note, CancellationToken stopping)
    {
        using CancellationTokenSource deadline = new(Deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, deadline.Token);
        await using var work = await database.BeginAsync(note.Tenant, either.Token);
        await work.ExecuteAsync(
            """
            update provider_keys set disabled_reason = $3::text, disabled_at = case when $3::text is null then null else $4::timestamptz end
            where tenant_id = $1 and id = $2
            """,
            either.Token, note.Tenant, note.Key, SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Text, note.Reason), clock.GetUtcNow());
        await work.CommitAsync(either.Token);
        if (note.Reason is not null)
        {
            Log.Refused(logger, note.Key, note.Tenant, note.Reason);
        }
    }

    private sealed record Note(TenantId Tenant, ProviderKeyId Key, string? Reason);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Own key {Key} of workspace {Tenant} is out of use: {Reason}")]
        public static partial void Refused(ILogger logger, ProviderKeyId key, TenantId tenant, string reason);

        [LoggerMessage(2, LogLevel.Warning, "The state of own key {Key} could not be written down")]
        public static partial void NotWritten(ILogger logger, ProviderKeyId key, Exception failure);
    }
}
