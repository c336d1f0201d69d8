using System.Diagnostics;
using System.Globalization;
using AiSaas.Core.Documents;
using AiSaas.Core.Tenancy;

namespace AiSaas.Bench.Ingest;

/// <summary>A gigabyte of text in one document: read, cut and found by its words long before its vectors are made, in bounded memory,
/// while a neighbour's documents go through the same worker; then deleted.</summary>
internal sealed class HugeText(IngestStage stage, BenchmarkArguments arguments, BenchmarkReport report)
{
    private const double TargetMiB = 512;
    private static readonly TimeSpan Patience = TimeSpan.FromHours(2);

    private readonly List<double> _neighbours = [];
    private int _brought;

    public async Task MeasureAsync(CancellationToken cancellation)
    {
        int megabytes = arguments.Number("mb", 1024);
        string file = Path.Combine(stage.Folder, "huge.txt");
        SampleText.Write(file, (long)megabytes << 20, seed: 9);
        await File.AppendAllTextAsync(file, "The last line says quixotry.\n", cancellation);
        double mb = new FileInfo(file).Length / 1e6;
        var tenant = await stage.TenantAsync(cancellation);
        var neighbour = await stage.TenantAsync(cancellation);
        var huge = (await stage.BringAsync(tenant, [("huge.txt", file)], cancellation))[0];
        File.Delete(file);

        await using var worker = await stage.WorkAsync(cancellation);
        double cpu = stage.PostgresCpu();
        long started = Stopwatch.GetTimestamp();
        double read = 0;
        object?[] state = [];
        while (read == 0 || (string?)state[0] != "ready")
        {
            if (Stopwatch.GetElapsedTime(started) > Patience || worker.Output.Contains("fail:", StringComparison.Ordinal))
            {
                throw new IOException($"The text is {state[0]} in {state[1]}. The worker says:\n{worker.Output}");
            }

            await NeighbourAsync(neighbour, cancellation);
            state = await StateAsync(huge, cancellation);
            read = read == 0 && state[2] is not null ? Stopwatch.GetElapsedTime(started).TotalSeconds : read;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s: {state[0]}, {state[1]}, progress {state[3]}, worker {IngestStage.PeakMiB(worker.Process):F0} MiB, neighbour {_neighbours[^1]:F1} s"));
        }

        double found = Stopwatch.GetElapsedTime(started).TotalSeconds;
        cpu = stage.PostgresCpu() - cpu;
        double workerCpu = Gateway.ProcessTimes.TreeMicroseconds(worker.Process) / 1e6;
        double peak = IngestStage.PeakMiB(worker.Process);
        int chunks = Convert.ToInt32(state[2], CultureInfo.InvariantCulture);
        report.Add($"text of {megabytes} MiB, until its {chunks:N0} passages are written", mb / read, "MB/s", "", "", read, "", "");
        report.Add("the same, until it is found by its words", mb / found, "MB/s", "", peak, found, workerCpu, cpu);
        await FindAsync(tenant, huge, cancellation);

        // Vectors follow for hours: a while of them shows the pace.
        await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, cancellation);
        long before = await VectorsAsync(huge, cancellation);
        long embedding = Stopwatch.GetTimestamp();
        var end = TimeSpan.FromSeconds(arguments.Number("embed", 120));
        while (Stopwatch.GetElapsedTime(embedding) < end)
        {
            await NeighbourAsync(neighbour, cancellation);
        }

        double pace = (await VectorsAsync(huge, cancellation) - before) / Stopwatch.GetElapsedTime(embedding).TotalSeconds;
        state = await StateAsync(huge, cancellation);
        peak = Math.Max(peak, IngestStage.PeakMiB(worker.Process));
        report.Add("its vectors", pace, "chunks/s", "", peak, chunks / pace, "", "");
        report.Note(string.Create(CultureInfo.InvariantCulture, $"All of its vectors would take {chunks / pace / 3600:F1} h at that pace; the product forecasts {state[4]} s more."));
        report.Note(string.Create(CultureInfo.InvariantCulture,
            $"Meanwhile {_neighbours.Count} documents of a neighbour went through the same worker, each ready after {_neighbours.Order().ElementAt(_neighbours.Count / 2):F1} s (the slowest {_neighbours.Max():F1} s)."));
        if (peak > TargetMiB)
        {
            report.Fail(string.Create(CultureInfo.InvariantCulture, $"The worker used {peak:F0} MiB; {TargetMiB} are allowed."));
        }

        await DeleteAsync(tenant, neighbour, huge, chunks, cancellation);
    }

    private async Task DeleteAsync(TenantId tenant, TenantId neighbour, DocumentId huge, int chunks, CancellationToken cancellation)
    {
        _neighbours.Clear();
        double cpu = stage.PostgresCpu();
        long started = Stopwatch.GetTimestamp();
        var deleting = stage.DeleteAsync(tenant, huge, cancellation);
        do
        {
            await NeighbourAsync(neighbour, cancellation);
        }
        while (!deleting.IsCompleted);
        var receipt = await deleting ?? throw new IOException("The document was not there to delete.");
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        report.Add($"deleting it: {receipt.Chunks:N0} passages, {receipt.Vectors:N0} vectors", receipt.Chunks / seconds, "chunks/s", "", "", seconds, "", stage.PostgresCpu() - cpu);
        report.Note(string.Create(CultureInfo.InvariantCulture, $"While it was deleted a neighbour's documents took {_neighbours.Max():F1} s at the most."));
        string counted = string.Join(" + ", "document_pages chunks lexical_passages vector_passages files embedding_cache index_stages".Split(' ')
            .Select(table => $"(select count(*) from {table} where document_id = '{huge}')"));
        if (receipt.Chunks != chunks || (await stage.RowAsync($"select {counted} + (select count(*) from lexicon_terms where tenant_id = '{tenant}')", cancellation))[0] is not 0L)
        {
            report.Fail($"Deleting left something of the {chunks:N0} passages, or counted it wrong: {receipt}.");
        }
    }

    /// <summary>How long a small document of somebody else takes through the same worker.</summary>
    private async Task NeighbourAsync(TenantId neighbour, CancellationToken cancellation)
    {
        string file = Path.Combine(stage.Folder, "neighbour.txt");
        SampleText.Write(file, 900, seed: 100_000 + _brought++);
        long started = Stopwatch.GetTimestamp();
        var document = (await stage.BringAsync(neighbour, [("neighbour.txt", file)], cancellation))[0];
        while ((string?)(await StateAsync(document, cancellation))[0] != "ready" && Stopwatch.GetElapsedTime(started) < Patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
        }

        _neighbours.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, cancellation);
    }

    private async Task FindAsync(TenantId tenant, DocumentId huge, CancellationToken cancellation)
    {
        var found = await stage.RowAsync(
            $"""
            with me as materialized (select set_config('app.tenant', '{tenant}', true))
            select (select count(*) from me) + count(*) from app.search('quixotry', 'use-lite-en', null, null, array['{huge}'::uuid], null, 10)
            """,
            cancellation);
        if (found[0] is not 2L)
        {
            report.Fail($"The last line's word was found {found[0]} times.");
        }
    }

    private Task<object?[]> StateAsync(DocumentId document, CancellationToken cancellation) =>
        stage.RowAsync($"select status, stage, case when staged_stage = 'chunking' or version is not null then chunks end, progress, eta_seconds from documents where id = '{document}'", cancellation);

    private async Task<long> VectorsAsync(DocumentId document, CancellationToken cancellation) =>
        (long)(await stage.RowAsync($"select count(*) from vector_passages where document_id = '{document}'", cancellation))[0]!;
}
