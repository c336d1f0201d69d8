using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>Files the calls that dead processes left in their journals: at the start, and every few seconds.</summary>
/// <remarks>
/// 1. Rows of calls that ended are written as they are; Postgres may have them already. 2. Calls that had begun and not ended are written as
/// interrupted, with what they had probably used. 3. Budgets read from Postgres again what was spent, and get back what the dead one held.
/// 4. Only then is the journal deleted: should this process die too, the next one starts over.
/// </remarks>
internal sealed partial class JournalAdopter(
    string root, LedgerStore store, TenantAccounts accounts, BudgetCounters counters, LedgerOptions options, TimeProvider clock,
    ILogger<JournalAdopter> logger) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(10);

    /// <summary>Adopts every journal whose process is dead.</summary>
    /// <returns>How many calls were filed, those that Postgres had already included.</returns>
    public async Task<int> AdoptAsync(CancellationToken cancellation)
    {
        int filed = 0;
        foreach (var folder in JournalFolder.Abandoned(root))
        {
            using (folder)
            {
                try
                {
                    filed += await AdoptAsync(folder, cancellation);
                    folder.Delete();
                }
                catch (Exception failure) when (failure is NpgsqlException or IOException or InvalidDataException or TimeoutException)
                {
                    Log.NotAdopted(logger, folder.Path, failure.Message);
                }
            }
        }

        return filed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Round, clock);
        try
        {
            do
            {
                await AdoptAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Log.Stopped(logger);
        }
    }

    private async Task<int> AdoptAsync(JournalFolder folder, CancellationToken cancellation)
    {
        HashSet<CallId> ended = [];
        Adoption adoption = new(store, accounts, counters, options.BatchRows);
        foreach (var (_, record) in Records(folder, JournalRecordKind.Ended))
        {
            if (ended.Add(CallRecord.IdOf(record)))
            {
                await adoption.AddAsync(record, cancellation);
            }
        }

        // A call that went to several targets began several times; the last is where it was.
        Dictionary<CallId, byte[]> interrupted = [];
        foreach (var (_, record) in Records(folder, JournalRecordKind.Begun))
        {
            if (CallRecord.IdOf(record) is var call && !ended.Contains(call))
            {
                interrupted[call] = record;
            }
        }

        foreach (byte[] record in interrupted.Values)
        {
            await adoption.AddAsync(record, cancellation);
        }

        await adoption.FinishAsync(folder.Process, cancellation);
        if (adoption.Count > 0)
        {
            Log.Adopted(logger, adoption.Count, interrupted.Count, folder.Process);
        }

        return adoption.Count;
    }

    private static IEnumerable<(JournalRecordKind Kind, byte[] Record)> Records(JournalFolder folder, JournalRecordKind kind) =>
        folder.Segments.SelectMany(JournalSegment.ReadAll).Where(one => one.Kind == kind);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Count} calls of the dead process {Process} were filed, {Interrupted} of them interrupted.")]
        public static partial void Adopted(ILogger logger, int count, int interrupted, string process);

        [LoggerMessage(2, LogLevel.Warning, "The journal {Folder} is kept for later: {Reason}")]
        public static partial void NotAdopted(ILogger logger, string folder, string reason);

        [LoggerMessage(3, LogLevel.Debug, "The adopter of journals has stopped.")]
        public static partial void Stopped(ILogger logger);
    }

    /// <summary>One dead process's calls on their way: rows in batches, and which budgets have to hear of them.</summary>
    private sealed class Adoption(LedgerStore store, TenantAccounts accounts, BudgetCounters counters, int batchRows)
    {
        private readonly CallBatch _batch = new();
        private readonly Dictionary<TenantId, HashSet<BudgetLine>> _lines = [];

        public int Count { get; private set; }

        public async Task AddAsync(byte[] record, CancellationToken cancellation)
        {
            var charge = _batch.Add(record);
            Count++;
            if (await accounts.OfAsync(charge.Tenant) is { Policy: { } policy } account)
            {
                Note(account, policy, charge);
            }

            if (_batch.Count >= batchRows)
            {
                await WriteAsync(cancellation);
            }
        }

        /// <param name="process">The dead one.</param>
        /// <param name="cancellation">The end of this one.</param>
        public async Task FinishAsync(string process, CancellationToken cancellation)
        {
            await WriteAsync(cancellation);
            foreach (var (tenant, lines) in _lines)
            {
                await counters.LeaveAsync(tenant, lines, process, cancellation);
            }
        }

        private async Task WriteAsync(CancellationToken cancellation)
        {
            if (_batch.Count > 0)
            {
                await store.RecordAsync(_batch, cancellation);
                _batch.Clear();
            }
        }

        private void Note(TenantAccount account, TenantPolicy policy, CallCharge charge)
        {
            if (!_lines.TryGetValue(charge.Tenant, out var lines))
            {
                _lines.Add(charge.Tenant, lines = []);
            }

            DateTimeOffset at = new(charge.At);
            foreach (var budget in policy.Budgets)
            {
                if (budget.Action == BudgetAction.Block && budget.Covers(charge.Key?.ToString("D"), charge.UserLabel, charge.Feature))
                {
                    lines.Add(account.LineOf(budget.Scope, budget.Subject, budget.Period, at));
                }
            }

            if (charge.Key is { } key)
            {
                lines.Add(account.LineOf(BudgetScope.Key, key.ToString("D"), BudgetPeriod.Total, at));
            }
        }
    }
}
