using System.Globalization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Bench.Ingest;

/// <summary>How fast and in how much memory a worker ingests: long text, a long PDF, many small documents, vectors.</summary>
internal sealed class IngestBenchmark : IBenchmark
{
    private const double TargetOfCopy = 0.7;
    private const double TargetOfPrototype = 0.9;
    private const double TargetMiB = 512;
    private const int Turns = 2;
    private static readonly string[] All = ["text", "again", "pdf", "small", "embed"];

    public string Name => "ingest";

    public string Purpose =>
        "documents through a worker: [--only text,again,pdf,small,embed | --only huge] [--mb 64] [--pages 1000] [--documents 2000] [--prototype UseLite.cs --texts docs.jsonl] [--postgres …]";

    public async Task<BenchmarkReport> RunAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        string[] cases = arguments.Text("only")?.Split(',') ?? All;
        if (cases is ["huge"])
        {
            return await HugeAsync(arguments, cancellation);
        }

        if (cases.Except(All).FirstOrDefault() is { } unknown)
        {
            throw new ArgumentException($"--only knows {string.Join(", ", All)} and, alone, huge; not '{unknown}'.", nameof(arguments));
        }

        var report = Empty();
        report.Note(string.Create(CultureInfo.InvariantCulture, $"Load of the machine at the start: {Load()}; {Environment.ProcessorCount} cores."));
        if (cases.Any(one => one != "embed"))
        {
            await using var stage = await IngestStage.SetAsync(arguments, cancellation);
            await LongTextAsync(stage, arguments, cases, report, cancellation);
            if (cases.Contains("pdf"))
            {
                await PdfAsync(stage, arguments, report, cancellation);
            }

            if (cases.Contains("small"))
            {
                await SmallAsync(stage, arguments, report, cancellation);
            }
        }

        if (cases.Contains("embed"))
        {
            await new EmbedPeers(arguments).MeasureAsync(report, TargetOfPrototype, cancellation);
        }

        report.Note(string.Create(CultureInfo.InvariantCulture, $"Load of the machine at the end: {Load()}."));
        return report;
    }

    private static BenchmarkReport Empty() => new("what", "figure", "unit", "of target", "worker MiB", "seconds", "worker CPU s", "postgres CPU s");

    private static async Task<BenchmarkReport> HugeAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var report = Empty();
        report.Note($"Load of the machine at the start: {Load()}.");
        await using var stage = await IngestStage.SetAsync(arguments, cancellation);
        await new HugeText(stage, arguments, report).MeasureAsync(cancellation);
        report.Note($"Load of the machine at the end: {Load()}.");
        return report;
    }

    private static async Task LongTextAsync(
        IngestStage stage, BenchmarkArguments arguments, string[] cases, BenchmarkReport report, CancellationToken cancellation)
    {
        if (!cases.Contains("text") && !cases.Contains("again"))
        {
            return;
        }

        int megabytes = arguments.Number("mb", 64);
        string file = Path.Combine(stage.Folder, "long.txt");
        SampleText.Write(file, (long)megabytes << 20, seed: 1);
        double mb = new FileInfo(file).Length / 1e6;
        var (seconds, cpu) = await stage.CopyAsync(file, indexed: false, cancellation);
        double copied = mb / seconds;
        report.Add("raw COPY of the text into a plain table", copied, "MB/s", "", "", seconds, "", cpu);
        var (indexing, indexingCpu) = await stage.CopyAsync(file, indexed: true, cancellation);
        report.Add("the same with Postgres' own index of its words", mb / indexing, "MB/s", "", "", indexing, "", indexingCpu);
        // By turns, so that what else the machine does meets both; the better of each counts.
        IngestRun? run = null;
        CopiedRows? rows = null;
        TenantId tenant = default;
        int vectors = 0;
        for (int turn = 0; turn < Turns; turn++)
        {
            tenant = await stage.TenantAsync(cancellation);
            vectors = await stage.RememberAsync(tenant, "long.txt", file, cancellation);
            var ours = await stage.IngestAsync(tenant, [("long.txt", file)], cancellation);
            var theirs = await stage.CopyRowsAsync(tenant, cancellation);
            run = run is null || ours.Seconds < run.Seconds ? ours : run;
            rows = rows is null || theirs.Seconds < rows.Seconds ? theirs : rows;
        }

        double rate = mb / run!.Seconds;
        report.Add("raw COPY of the finished rows into the same tables", mb / rows!.Seconds, "MB/s", "", "", rows.Seconds, "", rows.PostgresCpu);
        report.Add($"text of {megabytes} MiB, {vectors:N0} vectors cached", rate, "MB/s", rate * rows.Seconds / mb / TargetOfCopy, run.PeakMiB, run.Seconds, run.WorkerCpu, run.PostgresCpu);
        report.Note(string.Create(CultureInfo.InvariantCulture, $"Text to COPY of the {rows.Rows:N0} finished rows, with the tables' indexes, keys and statistics: {rate * rows.Seconds / mb:F2} ({rows.PostgresCpu / (run.PostgresCpu + run.WorkerCpu):F2} by processor time, the worker's start included). To COPY of the bare text into a table without any index: {rate / copied:F3}; to that with Postgres' own index of words: {rate * indexing / mb:F2}."));
        report.Note(string.Create(CultureInfo.InvariantCulture, $"Of the text's {run.Seconds:F1} s, its pages and passages were written after {run.SecondsToIndex:F1} s."));
        Bound(report, "the text", run.PeakMiB);
        if (cases.Contains("again"))
        {
            var again = await stage.IngestAsync(tenant, [("long.txt", file)], cancellation);
            report.Add("the same bytes again", mb / again.Seconds, "MB/s", mb / again.Seconds * rows.Seconds / mb / TargetOfCopy, again.PeakMiB, again.Seconds, again.WorkerCpu, again.PostgresCpu);
        }
    }

    private static async Task PdfAsync(IngestStage stage, BenchmarkArguments arguments, BenchmarkReport report, CancellationToken cancellation)
    {
        int pages = arguments.Number("pages", 1000);
        string file = Path.Combine(stage.Folder, "long.pdf");
        SamplePdf.Write(file, pages, seed: 2);
        var tenant = await stage.TenantAsync(cancellation);
        var run = await stage.IngestAsync(tenant, [("long.pdf", file)], cancellation);
        report.Add($"PDF of {pages} pages, until its pages are read", pages / run.SecondsToIndex, "pages/s", "", run.PeakMiB, run.SecondsToIndex, "", "");
        report.Add("the same, until its vectors are made", pages / run.Seconds, "pages/s", "", run.PeakMiB, run.Seconds, run.WorkerCpu, run.PostgresCpu);
        report.Add("its vectors, all cores", run.Passages / (run.Seconds - run.SecondsToIndex), "chunks/s", "", run.PeakMiB, run.Seconds - run.SecondsToIndex, "", "");
        Bound(report, "the PDF", run.PeakMiB);
    }

    private static async Task SmallAsync(IngestStage stage, BenchmarkArguments arguments, BenchmarkReport report, CancellationToken cancellation)
    {
        int count = arguments.Number("documents", 2000);
        var tenant = await stage.TenantAsync(cancellation);
        List<(string, string)> files = [];
        for (int i = 0; i < count; i++)
        {
            string file = Path.Combine(stage.Folder, $"small-{i}.txt");
            SampleText.Write(file, 700, seed: 1000 + i);
            await stage.RememberAsync(tenant, $"small-{i}.txt", file, cancellation);
            files.Add(($"small-{i}.txt", file));
        }

        var run = await stage.IngestAsync(tenant, files, cancellation);
        report.Add($"{count} documents of a passage, vectors cached", count / run.Seconds, "documents/s", "", run.PeakMiB, run.Seconds, run.WorkerCpu, run.PostgresCpu);
    }

    private static void Bound(BenchmarkReport report, string what, double peak)
    {
        if (peak > TargetMiB)
        {
            report.Fail(string.Create(CultureInfo.InvariantCulture, $"The worker used {peak:F0} MiB for {what}; {TargetMiB} are allowed."));
        }
    }

    private static string Load() => File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : "unknown";
}
