using System.Globalization;
using System.Net.Http.Json;
using AiSaas.Contracts.Chat;

namespace AiSaas.Bench.Crash;

/// <summary>Faults under load, by a plan; then what is in the stores against what was accepted.</summary>
/// <remarks>
/// 1. Reference: what each document and the local question come to while all is well. 2. Load, and fault after fault, each undone before the
/// next begins. 3. The load ends; everything that was accepted must end within <see cref="CrashPlan.Settling"/>. 4. The audit.
/// </remarks>
internal sealed class CrashRun(CrashPlan plan, Action<string> say)
{
    private readonly Accepted _accepted = new();
    private readonly List<string> _failedFaults = [];

    public async Task<CrashResult> RunAsync(CancellationToken cancellation)
    {
        await using var stage = await CrashStage.SetAsync(plan, cancellation);
        Rows rows = new(stage.Postgres.Owner);
        List<TenantCaller> tenants = [];
        for (int number = 0; number < plan.Tenants; number++)
        {
            tenants.Add(await TenantCaller.RegisterAsync(number, stage, _accepted, cancellation));
        }

        CrashLoad load = new(plan, _accepted, tenants);
        var reference = await ReferAsync(load, tenants, rows, cancellation);
        using CancellationTokenSource over = new();
        var work = load.RunAsync(over.Token);
        int rounds = await DoFaultsAsync(stage, cancellation);
        await over.CancelAsync();
        await work.WaitAsync(TimeSpan.FromMinutes(5), TimeProvider.System, cancellation);
        say("the load has ended; waiting for what was accepted");
        var settled = await new Settling(stage, rows, plan.Settling).WaitAsync(cancellation);
        AuditSheet sheet = new();
        sheet.Add("faults undone", rounds, _failedFaults);
        sheet.Add("settled in time", 1, settled.Open);
        await new ChatAudit(rows, _accepted, tenants, reference).AddAsync(sheet, cancellation);
        await new DocumentAudit(rows, _accepted, tenants, reference).AddAsync(sheet, cancellation);
        await new ResponseAudit(rows, _accepted, tenants, stage.Provider).AddAsync(sheet, cancellation);
        await new BatchAudit(rows, _accepted).AddAsync(sheet, cancellation);
        await new WebhookAudit(rows, stage.Provider).AddAsync(sheet, cancellation);
        await stage.EndAsync();
        await new LedgerAudit(rows, _accepted, stage).AddAsync(sheet, cancellation);
        AddAnswers(sheet);
        foreach (var tenant in tenants)
        {
            tenant.Dispose();
        }

        return new(sheet, _accepted, rounds, settled.Took, [.. stage.Apis.SelectMany(one => one.Failures)]);
    }

    private async Task<int> DoFaultsAsync(CrashStage stage, CancellationToken cancellation)
    {
        long started = TimeProvider.System.GetTimestamp();
        int rounds = 0;
        foreach (var fault in plan.Faults())
        {
            if (TimeProvider.System.GetElapsedTime(started) > plan.AtMost)
            {
                break;
            }

            await Task.Delay(fault.Before, TimeProvider.System, cancellation);
            say(string.Create(
                CultureInfo.InvariantCulture,
                $"{TimeProvider.System.GetUtcNow():mm:ss.f} {TimeProvider.System.GetElapsedTime(started).TotalSeconds,6:F1} s  round {fault}  ({_accepted.Questions.Count} questions, {_accepted.Documents.Count} documents, {_accepted.Responses.Count} responses)"));
            try
            {
                await stage.DoAsync(fault, cancellation);
            }
            catch (Exception failure) when (failure is IOException or TimeoutException or Npgsql.NpgsqlException or System.Net.Sockets.SocketException)
            {
                _failedFaults.Add($"round {fault}: {failure.Message}");
            }

            rounds++;
        }

        return rounds;
    }

    private static async Task<Reference> ReferAsync(CrashLoad load, List<TenantCaller> tenants, Rows rows, CancellationToken cancellation)
    {
        foreach (var tenant in tenants)
        {
            await load.UploadAsync(tenant, tenant.Library, TestDocument.Reference, 0);
        }

        for (int size = 1; size < TestDocument.Sizes; size++)
        {
            await load.UploadAsync(tenants[0], tenants[0].Documents, TestDocument.Reference, size);
        }

        await UntilAsync(
            async () => await rows.CountAsync("select count(*) from documents where status <> 'ready' or staged_stage is not null", cancellation) == 0, "the reference documents are ready", cancellation);
        Dictionary<int, string> answers = [];
        foreach (var tenant in tenants)
        {
            var made = await tenant.CallAsync(HttpMethod.Post, "/api/conversations", JsonContent.Create(new CreateConversationRequest()), cancellation);
            AskRequest request = new(CrashLoad.LocalQuestion, CrashLoad.LocalModel, [tenant.Library]);
            var asked = await tenant.CallAsync(
                HttpMethod.Post, $"/api/conversations/{made!.Value.GetProperty("id")}/messages", JsonContent.Create(request), cancellation);
            var answer = asked!.Value.GetProperty("assistantMessageId").GetGuid();
            string where = $"from messages where id = '{answer}'";
            await UntilAsync(async () => await rows.CountAsync($"select count(*) {where} and completed_at is not null", cancellation) == 1, "the reference answer is there", cancellation);
            answers[tenant.Number] = (await rows.WordsAsync($"select text {where}", cancellation))[0];
        }

        return new(answers, await DocumentAudit.ReferenceAsync(rows, cancellation));
    }

    private void AddAnswers(AuditSheet sheet)
    {
        sheet.Add("calls that hung", 0, _accepted.Hung);
        sheet.Add("answers of the api", _accepted.Others.Sum(one => one.Value), _accepted.Others
            .Where(one => one.Key.StartsWith("500", StringComparison.Ordinal) || one.Key.EndsWith("no JSON", StringComparison.Ordinal))
            .Select(one => $"{one.Value} × {one.Key}"));
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string what, CancellationToken cancellation)
    {
        for (int tries = 0; tries < 600; tries++)
        {
            if (await condition())
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
        }

        throw new IOException($"Before any fault, this did not happen within a minute: {what}.");
    }
}

/// <param name="Answers">To the local question, by tenant.</param>
/// <param name="Passages">Of the reference document of each size.</param>
internal sealed record Reference(IReadOnlyDictionary<int, string> Answers, IReadOnlyDictionary<int, IReadOnlyList<string>> Passages);

internal sealed record CrashResult(
    AuditSheet Sheet, Accepted Accepted, int Rounds, TimeSpan Settled, IReadOnlyList<string> Failures);
