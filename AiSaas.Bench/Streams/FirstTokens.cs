using System.Net.Http.Headers;
using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Documents;

namespace AiSaas.Bench.Streams;

/// <summary>From a question to the first words of its answer at the asker's socket: through api, queue, worker, retrieval and the local model.</summary>
internal static class FirstTokens
{
    private const int Questions = 60;
    private const int Warm = 20;

    public static async Task RunAsync(StreamsStage stage, BenchmarkReport report, CancellationToken cancellation)
    {
        await using var worker = stage.Work();
        using HttpClient http = new() { BaseAddress = stage.Api.Address, Timeout = TimeSpan.FromSeconds(60) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stage.Key);
        await UploadAsync(http, cancellation);
        using var started = await http.PostAsJsonAsync("/api/conversations", new CreateConversationRequest(), ContractsJson.Default.CreateConversationRequest, cancellation);
        var conversation = (await started.Content.ReadFromJsonAsync(ContractsJson.Default.ConversationSummary, cancellation))!.Id;
        List<double> times = [];
        for (int question = 0; question < Questions; question++)
        {
            long asked = TimeProvider.System.GetTimestamp();
            using var accepted = await http.PostAsJsonAsync(
                $"/api/conversations/{conversation}/messages", new AskRequest($"How is pump {question} cleaned?"), ContractsJson.Default.AskRequest, cancellation);
            var run = (await accepted.Content.ReadFromJsonAsync(ContractsJson.Default.AskAccepted, cancellation))!.RunId;
            double first = await FirstAsync(http, run, asked, cancellation);
            if (question >= Warm)
            {
                times.Add(first);
            }
        }

        times.Sort();
        report.Add("first token", Questions - Warm, 0, times[times.Count / 2], times[(int)((times.Count - 1) * 0.99)], times[^1], 0, 0, 0, 0, 0, "0");
        report.Note("First token: one question after the other, from sending it to its first words read, with the local model.");
    }

    private static async Task<double> FirstAsync(HttpClient http, Guid run, long asked, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"/api/runs/{run}/events");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        using StreamReader lines = new(await response.Content.ReadAsStreamAsync(cancellation));
        double first = double.NaN;
        while (await lines.ReadLineAsync(cancellation) is { } line)
        {
            if (double.IsNaN(first) && line.Contains("\"text-delta\"", StringComparison.Ordinal))
            {
                first = TimeProvider.System.GetElapsedTime(asked).TotalMilliseconds;
            }
        }

        return double.IsNaN(first) ? throw new IOException($"Run {run} has no text.") : first;
    }

    private static async Task UploadAsync(HttpClient http, CancellationToken cancellation)
    {
        using var created = await http.PostAsJsonAsync("/api/collections", new CreateCollectionRequest("Pumps"), ContractsJson.Default.CreateCollectionRequest, cancellation);
        var collection = (await created.Content.ReadFromJsonAsync(ContractsJson.Default.CollectionSummary, cancellation))!.Id;
        string manual = string.Concat(Enumerable.Range(0, 100).Select(pump =>
            $"## Pump {pump}\n\nPump {pump} is cleaned with warm water once a week. Its filter is changed every {pump + 2} days, after the valve is closed.\n\n"));
        using MultipartFormDataContent form = new() { { new StringContent(manual), "files", "pumps.md" } };
        using var uploaded = await http.PostAsync($"/api/collections/{collection}/documents", form, cancellation);
        var document = (await uploaded.Content.ReadFromJsonAsync(ContractsJson.Default.UploadAccepted, cancellation))!.Documents[0].Id;
        while ((await http.GetFromJsonAsync($"/api/documents/{document}", ContractsJson.Default.DocumentInfo, cancellation))!.Status is not ("ready" or "failed"))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
        }
    }
}
