using AiSaas.Core.Jobs.Schedules;
using Npgsql;

namespace AiSaas.Ingestion.Worker;

/// <summary>Looks at the schedules once a second and submits what is due. Every worker does; each occurrence is submitted by one.</summary>
internal sealed partial class Calendar(DueSchedules schedules, TimeProvider clock, ILogger<Calendar> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await schedules.RunAsync(stopping);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                Log.NoDatabase(logger, failure.Message);
            }

            // Workers that started together don't stay in step.
            await Task.Delay(Interval * (0.75 + (Random.Shared.NextDouble() / 2)), clock, stopping);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "What is due by the calendar is submitted later: {Reason}")]
        public static partial void NoDatabase(ILogger logger, string reason);
    }
}
