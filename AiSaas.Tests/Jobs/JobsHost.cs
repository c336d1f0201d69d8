using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Runs;
using AiSaas.Core.Tenancy;
using AiSaas.Ingestion.Worker;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Tests.Jobs;

/// <summary>A process that submits jobs and, once <see cref="WorkAsync"/> is called, is a worker too. Handlers are scripts.</summary>
internal sealed class JobsHost : IAsyncDisposable
{
    private readonly IHost _host;
    private bool _working;

    private JobsHost(IHost host) => _host = host;

    public JobQueue Queue => Get<JobQueue>();

    public JobControl Control => Get<JobControl>();

    public TenantDatabase Database => Get<TenantDatabase>();

    public static JobsHost Create(
        Stack stack, Func<JobContext, CancellationToken, Task<JobOutcome>>? run = null, params ReadOnlySpan<(string, string?)> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(stack.Settings([("Worker:Queues", "ingest,chat,batch"), .. settings]));
        builder.AddPersistence();
        builder.AddRedis();
        builder.Services.AddLogging();
        builder.Services.AddJobs();
        builder.Services.AddRuns();
        builder.AddWorker();
        builder.Services.AddSingleton(new Script(run ?? ((_, _) => Task.FromResult<JobOutcome>(JobOutcome.Done))));
        builder.Services.AddSingleton<RecordedSettlements>();
        builder.Services.AddSingleton<IJobSettlement>(provider => provider.GetRequiredService<RecordedSettlements>());
        builder.Services.AddJobHandler<ScriptedHandler>(JobKind.Ingest);
        builder.Services.AddSchedulableKind<Schedules.ScriptedKind>();
        return new JobsHost(builder.Build());
    }

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public async Task<JobsHost> WorkAsync()
    {
        await _host.StartAsync();
        _working = true;
        return this;
    }

    /// <summary>As SIGTERM would.</summary>
    public async Task DrainAsync()
    {
        _working = false;
        await _host.StopAsync();
    }

    public async Task<JobId> SubmitAsync(TenantId tenant, Func<NewJob, NewJob>? change = null)
    {
        NewJob job = new(JobKind.Ingest, """{"n":1}"""u8.ToArray());
        await using var work = await Database.BeginAsync(tenant, CancellationToken.None);
        var id = await Queue.EnqueueAsync(work, change?.Invoke(job) ?? job, CancellationToken.None);
        await work.CommitAsync(CancellationToken.None);
        return id;
    }

    /// <summary>Many in one transaction.</summary>
    public async Task<List<JobId>> SubmitAsync(TenantId tenant, int amount)
    {
        List<JobId> ids = [];
        await using var work = await Database.BeginAsync(tenant, CancellationToken.None);
        for (int made = 0; made < amount; made++)
        {
            ids.Add(await Queue.EnqueueAsync(work, new NewJob(JobKind.Ingest, "{}"u8.ToArray()), CancellationToken.None));
        }

        await work.CommitAsync(CancellationToken.None);
        return ids;
    }

    public async Task<JobStatus> StatusAsync(TenantId tenant, JobId job) =>
        JobStatusNames.Parse((await Control.FindAsync(tenant, job, CancellationToken.None))!.Status);

    public Task BecomesAsync(TenantId tenant, JobId job, JobStatus status, TimeSpan? within = null) => Eventually.TrueAsync(
        async () => await StatusAsync(tenant, job) == status, $"job {job} becomes {status.Name()}", within);

    public async ValueTask DisposeAsync()
    {
        if (_working)
        {
            await _host.StopAsync();
        }

        _host.Dispose();
    }

    internal sealed record Script(Func<JobContext, CancellationToken, Task<JobOutcome>> Run);

    private sealed class ScriptedHandler(Script script) : IJobHandler
    {
        public Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation) => script.Run(context, cancellation);
    }
}

/// <summary>Remembers what ended without its handler.</summary>
internal sealed class RecordedSettlements : IJobSettlement
{
    private readonly List<SettledJob> _settled = [];

    public string Kind => JobKind.Ingest.Name;

    public Task SettleAsync(TenantWork work, SettledJob job, CancellationToken cancellation)
    {
        work.OnCommitted(_ =>
        {
            lock (_settled)
            {
                _settled.Add(job);
            }

            return Task.CompletedTask;
        });
        return Task.CompletedTask;
    }

    public Task<bool> ReopenAsync(TenantWork work, SettledJob job, CancellationToken cancellation) => Task.FromResult(true);

    /// <summary>Waits, since a job is seen to have ended a moment before what follows its commit.</summary>
    public async Task<IReadOnlyList<SettledJob>> WaitAsync(int amount)
    {
        await Eventually.TrueAsync(() => Task.FromResult(Seen.Count >= amount), $"{amount} jobs are settled");
        return Seen;
    }

    private IReadOnlyList<SettledJob> Seen
    {
        get
        {
            lock (_settled)
            {
                return [.. _settled];
            }
        }
    }
}
