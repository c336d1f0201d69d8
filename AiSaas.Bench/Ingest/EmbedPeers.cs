using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AiSaas.Llm.Local.UseLite;

namespace AiSaas.Bench.Ingest;

/// <summary>The local embedder beside the prototype that it was written after: a program of one file, given by its path and run as it is.</summary>
internal sealed partial class EmbedPeers(BenchmarkArguments arguments)
{
    // The prototype's own number: it reports the speed over its first 400 texts.
    private const int Texts = 400;

    public async Task MeasureAsync(BenchmarkReport report, double target, CancellationToken cancellation)
    {
        string folder = ModelFolder.Resolve();
        string[] texts = Read();
        using var generator = UseLiteEmbeddingGenerator.Load(folder, TimeProvider.System);
        var model = UseLiteModel.Load(folder);
        int[][] tokens = [.. texts.Select(generator.Tokenizer.Encode)];
        OneCore(model, tokens[..60], cancellation);
        double before = OneCore(model, tokens, cancellation);
        double? peer = await PrototypeAsync(folder, cancellation);
        double ours = Math.Max(before, OneCore(model, tokens, cancellation));
        if (peer is { } prototype)
        {
            report.Add("embedding: the prototype, one core", prototype, "chunks/s", "", "", texts.Length / prototype, "", "");
        }

        report.Add("embedding: ours, one core", ours, "chunks/s", peer is null ? "" : ours / peer / target, "", texts.Length / ours, "", "");
        long started = Stopwatch.GetTimestamp();
        await generator.GenerateAsync(texts, cancellationToken: cancellation);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        report.Add($"embedding: ours, {Environment.ProcessorCount} cores", texts.Length / seconds, "chunks/s", "", "", seconds, "", "");
    }

    private static double OneCore(UseLiteModel model, int[][] tokens, CancellationToken cancellation)
    {
        float[] vector = new float[UseLiteEmbeddingGenerator.Dimensions];
        long started = Stopwatch.GetTimestamp();
        foreach (int[] ids in tokens)
        {
            cancellation.ThrowIfCancellationRequested();
            model.Embed(ids, vector);
        }

        return tokens.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private string[] Read()
    {
        if (arguments.Text("texts") is { } path)
        {
            return [.. File.ReadLines(path).Select(line => JsonElement.Parse(line).GetProperty("text").GetString()!).Where(text => text.Length > 0).Take(Texts)];
        }

        Random random = new(5);
        return [.. Enumerable.Range(0, Texts).Select(_ =>
        {
            System.Text.StringBuilder text = new();
            while (text.Length < 900)
            {
                SampleText.Sentence(text, random);
            }

            return text.ToString();
        })];
    }

    /// <returns>Its texts a second on one core; null where no prototype was given.</returns>
    private async Task<double?> PrototypeAsync(string model, CancellationToken cancellation)
    {
        if (arguments.Text("prototype") is not { } source || arguments.Text("texts") is not { } texts)
        {
            return null;
        }

        var project = Directory.CreateTempSubdirectory("aisaas-prototype-");
        try
        {
            File.Copy(source, Path.Combine(project.FullName, "Prototype.cs"));
            await File.WriteAllTextAsync(Path.Combine(project.FullName, "Prototype.csproj"), Project, cancellation);
            string parity = Path.Combine(project.FullName, "none.jsonl");
            await File.WriteAllTextAsync(parity, "", cancellation);
            using Process run = Process.Start(new ProcessStartInfo(
                "dotnet", ["run", "-c", "Release", "--project", project.FullName, "--", model, parity, Path.GetFullPath(texts)])
            { RedirectStandardOutput = true })!;
            string output = await run.StandardOutput.ReadToEndAsync(cancellation);
            await run.WaitForExitAsync(cancellation);
            return Speed().Match(output) is { Success: true } said
                ? double.Parse(said.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                : throw new IOException($"The prototype says nothing of its speed:\n{output}");
        }
        finally
        {
            project.Delete(recursive: true);
        }
    }

    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><Nullable>enable</Nullable>
        <ImplicitUsings>enable</ImplicitUsings><AllowUnsafeBlocks>true</AllowUnsafeBlocks><ServerGarbageCollector>false</ServerGarbageCollector></PropertyGroup></Project>
        """;

    [GeneratedRegex(@"embed ([0-9.]+) texts/s")]
    private static partial Regex Speed();
}
