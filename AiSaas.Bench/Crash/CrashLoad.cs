using System.Globalization;
using System.Net.Http.Json;
using AiSaas.Contracts.Chat;

namespace AiSaas.Bench.Crash;

/// <summary>Steady work through the api: questions and their readers, documents, background responses, stops, cancels and retries.</summary>
internal sealed class CrashLoad(CrashPlan plan, Accepted accepted, IReadOnlyList<TenantCaller> tenants)
{
    public const string LocalModel = "extractive-1";

    /// <summary>What the library's one document answers.</summary>
    public const string LocalQuestion = "How often is the pump cleaned?";

    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(150);

    private int _number;

    /// <summary>Works until told to stop; then ends what it has begun to send.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        List<Task> loops = [];
        foreach (var tenant in tenants)
        {
            for (int loop = 0; loop < plan.Loops; loop++)
            {
                loops.Add(LoopAsync(() => AskAsync(tenant), stopping));
                loops.Add(LoopAsync(() => UploadAsync(tenant), stopping));
            }

            loops.Add(LoopAsync(() => RespondAsync(tenant), stopping));
            loops.Add(LoopAsync(() => BatchAsync(tenant), stopping));
        }

        await Task.WhenAll(loops);
    }

    public async Task AskAsync(TenantCaller tenant)
    {
        int number = Interlocked.Increment(ref _number);
        string mark = $"q-{number.ToString("D8", CultureInfo.InvariantCulture)}";
        bool isLocal = number % 10 == 0;
        if (await tenant.CallAsync(HttpMethod.Post, "/api/conversations", JsonContent.Create(new CreateConversationRequest()), CancellationToken.None) is not { } made)
        {
            return;
        }

        var conversation = made.GetProperty("id").GetGuid();
        AskRequest request = new(
            isLocal ? LocalQuestion : $"What is known about {mark}?", isLocal ? LocalModel : "mock", [tenant.Library]);
        if (await tenant.CallAsync(
            HttpMethod.Post, $"/api/conversations/{conversation}/messages", JsonContent.Create(request), CancellationToken.None) is not { } answer)
        {
            return;
        }

        AskedQuestion asked = new(
            tenant.Number, mark, conversation, answer.GetProperty("runId").GetGuid(), answer.GetProperty("userMessageId").GetGuid(),
            answer.GetProperty("assistantMessageId").GetGuid(), isLocal);
        accepted.Questions.Enqueue(asked);
        var reading = number % 3 == 0 ? Task.CompletedTask : new RunReader(tenant, accepted).FollowAsync(asked, CancellationToken.None);
        if (number % 13 == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(number * 37 % 1500), TimeProvider.System, CancellationToken.None);
            asked.MayBeStopped = true;
            await tenant.CallAsync(HttpMethod.Post, $"/api/runs/{asked.Run}/stop", null, CancellationToken.None);
        }

        await reading;
    }

    public async Task UploadAsync(TenantCaller tenant)
    {
        int number = Interlocked.Increment(ref _number);
        string mark = $"d-{number.ToString("D8", CultureInfo.InvariantCulture)}";
        int size = number % TestDocument.Sizes;
        if (await UploadAsync(tenant, tenant.Documents, mark, size) is { } sent && number % 9 == 0)
        {
            await CancelAndRetryAsync(tenant, sent, number);
        }

        // Documents cost the processor; the machine has others to run.
        await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System, CancellationToken.None);
    }

    public async Task<SentDocument?> UploadAsync(TenantCaller tenant, Guid collection, string mark, int size)
    {
        using MultipartFormDataContent form = new() { { new ByteArrayContent(TestDocument.Bytes(mark, size)), "files", TestDocument.Name(mark, size) } };
        if (await tenant.CallAsync(HttpMethod.Post, $"/api/collections/{collection}/documents", form, CancellationToken.None) is not { } answer)
        {
            return null;
        }

        var document = answer.GetProperty("documents")[0];
        SentDocument sent = new(tenant.Number, mark, size, document.GetProperty("id").GetGuid(), document.GetProperty("jobId").GetGuid());
        accepted.Documents.Enqueue(sent);
        return sent;
    }

    public async Task RespondAsync(TenantCaller tenant)
    {
        int number = Interlocked.Increment(ref _number);
        string mark = $"q-{number.ToString("D8", CultureInfo.InvariantCulture)}";
        var request = JsonContent.Create(new { model = "mock", input = $"Tell of {mark}.", background = true, user = mark });
        request.Headers.Add(TenantCaller.UserHeader, mark);
        if (await tenant.CallAsync(HttpMethod.Post, "/v1/responses", request, CancellationToken.None) is { } made)
        {
            BegunResponse begun = new(tenant.Number, mark, made.GetProperty("id").GetString()!);
            accepted.Responses.Enqueue(begun);
            if (number % 7 == 0)
            {
                begun.MayBeCanceled = true;
                await tenant.CallAsync(HttpMethod.Post, $"/v1/responses/{begun.Id}/cancel", null, CancellationToken.None);
            }
        }

        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, CancellationToken.None);
    }

    public async Task BatchAsync(TenantCaller tenant)
    {
        int number = Interlocked.Increment(ref _number);
        string mark = $"q-{number.ToString("D8", CultureInfo.InvariantCulture)}";
        int items = 3 + (number % 20);
        var request = JsonContent.Create(new
        {
            kind = "batch",
            model = "mock",
            items = Enumerable.Range(0, items).Select(item => new { prompt = $"Tell the {item}th time of {mark}.", customId = $"{mark}/{item}" }),
        });
        request.Headers.Add(TenantCaller.UserHeader, mark);
        if (await tenant.CallAsync(HttpMethod.Post, "/api/jobs", request, CancellationToken.None) is { } made)
        {
            accepted.Batches.Enqueue(new(tenant.Number, mark, made.GetProperty("jobId").GetGuid(), items));
        }

        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, CancellationToken.None);
    }

    // Insists until the document is on its way again, or was ready before anybody could cancel it.
    private static async Task CancelAndRetryAsync(TenantCaller tenant, SentDocument sent, int number)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(number * 53 % 900), TimeProvider.System, CancellationToken.None);
        await tenant.CallAsync(HttpMethod.Post, $"/api/jobs/{sent.Job}/cancel", null, CancellationToken.None);
        for (int tries = 0; tries < 300; tries++)
        {
            var job = await tenant.CallAsync(HttpMethod.Get, $"/api/jobs/{sent.Job}", null, CancellationToken.None);
            switch (job?.GetProperty("status").GetString())
            {
                case "succeeded":
                    return;
                case "canceled" or "failed" or "dead":
                    await tenant.CallAsync(HttpMethod.Post, $"/api/jobs/{sent.Job}/retry", null, CancellationToken.None);
                    break;
            }

            await Task.Delay(Breath * 2, TimeProvider.System, CancellationToken.None);
        }
    }

    private static async Task LoopAsync(Func<Task> work, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await work();
            await Task.Delay(Breath, TimeProvider.System, CancellationToken.None);
        }
    }
}
