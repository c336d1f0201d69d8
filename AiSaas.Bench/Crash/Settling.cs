namespace AiSaas.Bench.Crash;

/// <summary>Waits until nothing is under way any more.</summary>
internal sealed class Settling(CrashStage stage, Rows rows, TimeSpan atMost)
{
    // Dead processes' journals are looked for every ten seconds.
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(12);

    public async Task<(IReadOnlyList<string> Open, TimeSpan Took)> WaitAsync(CancellationToken cancellation)
    {
        long started = TimeProvider.System.GetTimestamp(), moved = started;
        long last = -1;
        while (true)
        {
            var open = await OpenAsync(cancellation);
            long filed = await rows.CountAsync("select count(*) from model_calls", cancellation);
            if (open.Count > 0 || filed != last)
            {
                (last, moved) = (filed, TimeProvider.System.GetTimestamp());
            }

            var took = TimeProvider.System.GetElapsedTime(started);
            if (TimeProvider.System.GetElapsedTime(moved) > Still || took > atMost)
            {
                return (open, took);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellation);
        }
    }

    private async Task<List<string>> OpenAsync(CancellationToken cancellation)
    {
        var open = await rows.WordsAsync(
            """
            select 'job', id, kind, status, attempts::text, error_code, run_at::text from jobs where status not in ('succeeded', 'failed', 'dead', 'canceled')
            union all select 'run', id, status, null, null, null, null from runs where finished_at is null
            union all select 'response', null, id || ' ' || status, null, null, null, null from responses where ended_at is null
            union all select 'delivery', id, event, tries::text, null, null, next_at::text from webhook_deliveries where status = 'pending'
            """, cancellation);
        // One journal for each process that lives.
        int journals = Directory.Exists(stage.JournalFolder)
            ? Directory.EnumerateDirectories(stage.JournalFolder).SelectMany(Directory.EnumerateDirectories).Count(path => Path.GetFileName(path)[0] != '.')
            : 0;
        int living = stage.Apis.Count + stage.Workers.Count;
        if (journals > living)
        {
            open.Add($"{journals} journals of {living} processes");
        }

        return open;
    }
}
