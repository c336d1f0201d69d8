using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Webhooks;
using AiSaas.Ingestion.Webhooks;
using AiSaas.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Tests.Webhooks;

/// <summary>What happens when the other side doesn't do its part.</summary>
public sealed class DeliveryTests(WebhooksHost host) : IClassFixture<WebhooksHost>
{
    [Fact]
    public async Task A_failure_is_tried_again_under_the_same_id_and_every_attempt_is_logged()
    {
        using var account = await host.RegisterAsync();
        string url = host.Receiver.AtStatuses(500, 302, 204);
        var hook = await account.HookAsync(url);

        var delivery = await account.TestHookAsync(hook.Id);
        var settled = await account.BecomesAsync(delivery.Id, "delivered", 3);
        var messages = host.Receiver.To(url);

        Assert.Equal([500, 302, 204], settled.Attempts.Select(attempt => attempt.Status));
        Assert.Equal(["answer 1", "answer 2", ""], settled.Attempts.Select(attempt => attempt.Response));
        Assert.Contains("redirects are not followed", settled.Attempts[1].Error, StringComparison.Ordinal);
        Assert.Equal(delivery.MessageId, Assert.Single(messages.Select(message => message.Id).Distinct()));
        Assert.Single(messages.Select(message => message.Body).Distinct());
        // Each attempt is signed anew, for its own time.
        Assert.All(messages, message => Assert.InRange(message.Timestamp, message.At.ToUnixTimeSeconds() - 5, message.At.ToUnixTimeSeconds() + 1));
        Assert.Null((await account.WebhookAsync(hook.Id)).FailingSince);
    }

    [Fact]
    public async Task When_tries_run_out_a_delivery_has_failed_and_can_be_replayed()
    {
        using var account = await host.RegisterAsync();
        string url = host.Receiver.AtStatuses(500, 500, 500, 200);
        var hook = await account.HookAsync(url);

        var delivery = await account.TestHookAsync(hook.Id);
        var failed = await account.BecomesAsync(delivery.Id, "failed", 3);
        var listed = await account.DeliveriesAsync(hook.Id, "?status=failed");
        using var replay = await account.Http.PostAsync($"/api/webhooks/deliveries/{delivery.Id}/replay", null);
        var delivered = await account.BecomesAsync(delivery.Id, "delivered", 4);

        Assert.Null(failed.NextAttemptAt);
        Assert.Equal(delivery.Id, Assert.Single(listed).Id);
        Assert.Equal(HttpStatusCode.Accepted, replay.StatusCode);
        Assert.Equal([500, 500, 500, 200], delivered.Attempts.Select(attempt => attempt.Status));
        Assert.Single(host.Receiver.To(url).Select(message => message.Id).Distinct());
    }

    [Fact]
    public async Task All_that_failed_since_a_moment_is_replayed_and_what_was_delivered_only_on_demand()
    {
        using var account = await host.RegisterAsync();
        bool works = false;
        string url = host.Receiver.At((_, http) =>
        {
            http.Response.StatusCode = works ? 200 : 500;
            return Task.CompletedTask;
        });
        var hook = await account.HookAsync(url);
        List<Guid> ids = [];
        for (int i = 0; i < 5; i++)
        {
            ids.Add((await account.TestHookAsync(hook.Id)).Id);
        }

        foreach (var id in ids)
        {
            await account.BecomesAsync(id, "failed", 3);
        }

        works = true;
        var third = (await account.DeliveryAsync(ids[2])).CreatedAt;
        var some = await ReplayAsync(account, hook.Id, new(third));
        foreach (var id in ids[2..])
        {
            await account.BecomesAsync(id, "delivered", 4);
        }

        var rest = await ReplayAsync(account, hook.Id, new());
        foreach (var id in ids[..2])
        {
            await account.BecomesAsync(id, "delivered", 4);
        }

        var all = await ReplayAsync(account, hook.Id, new(third, All: true));
        Assert.Equal((3, 2, 3), (some.Count, rest.Count, all.Count));
        foreach (var id in ids[2..])
        {
            await account.BecomesAsync(id, "delivered", 5);
        }
    }

    [Theory]
    [InlineData(429, true)]
    [InlineData(503, false)]
    public async Task Retry_After_is_honoured_for_the_whole_endpoint(int status, bool seconds)
    {
        using var account = await host.RegisterAsync();
        int calls = 0;
        string url = host.Receiver.At((_, http) =>
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                http.Response.StatusCode = status;
                http.Response.Headers.RetryAfter = seconds ? "3" : TimeProvider.System.GetUtcNow().AddSeconds(4).ToString("R", CultureInfo.InvariantCulture);
            }

            return Task.CompletedTask;
        });
        var hook = await account.HookAsync(url);

        var first = await account.TestHookAsync(hook.Id);
        await account.BecomesAsync(first.Id, "pending", 1);
        var paused = await account.WebhookAsync(hook.Id);
        // The log alone can be looked at meanwhile: another message waits with the first.
        await host.Stack.ScalarAsync<int>(
            "insert into webhook_deliveries (id, tenant_id, endpoint_id, event, payload) values ($1, $2, $3, 'job.failed', '{}') returning 1",
            Guid.CreateVersion7(), account.TenantId, hook.Id);
        var messages = await host.Receiver.SomeAsync(url, 3);

        Assert.NotNull(paused.PausedUntil);
        Assert.All(messages.Skip(1), message => Assert.True(message.At - messages[0].At > TimeSpan.FromSeconds(2.5), $"after {message.At - messages[0].At}"));
        await Eventually.TrueAsync(async () => (await account.WebhookAsync(hook.Id)).PausedUntil is null, "the pause is over");
    }

    [Fact]
    public async Task A_410_switches_the_endpoint_off_with_a_reason_and_what_waited_can_be_replayed_later()
    {
        using var account = await host.RegisterAsync();
        string url = host.Receiver.AtStatuses(410, 200);
        var hook = await account.HookAsync(url);

        var delivery = await account.TestHookAsync(hook.Id);
        var failed = await account.BecomesAsync(delivery.Id, "failed", 1);
        var off = await account.WebhookAsync(hook.Id);
        using var refused = await account.Http.PostAsync($"/api/webhooks/deliveries/{delivery.Id}/replay", null);
        using var on = await account.Http.PatchAsJsonAsync($"/api/webhooks/{hook.Id}", new UpdateWebhookRequest(Enabled: true));
        var again = await ReplayAsync(account, hook.Id, new());
        await account.BecomesAsync(delivery.Id, "delivered", 2);

        Assert.Equal((false, "The receiver answered 410: it wants no more messages."), (off.Enabled, off.DisabledReason));
        Assert.Equal(410, Assert.Single(failed.Attempts).Status);
        Assert.Equal("webhooks:disabled", (await Account.ProblemAsync(refused)).Code);
        Assert.Equal((true, null), ((await account.WebhookAsync(hook.Id)).Enabled, (await account.WebhookAsync(hook.Id)).DisabledReason));
        Assert.Equal(1, again.Count);
    }

    [Fact]
    public async Task An_endpoint_that_has_failed_for_days_is_switched_off_with_a_reason()
    {
        using var account = await host.RegisterAsync();
        var hook = await account.HookAsync(host.Receiver.AtStatuses(500));
        await host.Stack.ScalarAsync<int>("update webhook_endpoints set failing_since = now() - interval '6 days' where id = $1 returning 1", hook.Id);

        var delivery = await account.TestHookAsync(hook.Id);
        await account.BecomesAsync(delivery.Id, "failed", 1);

        var off = await account.WebhookAsync(hook.Id);
        Assert.False(off.Enabled);
        Assert.Contains("Every attempt has failed since", off.DisabledReason, StringComparison.Ordinal);
        Assert.Contains("Answered 500.", off.DisabledReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_that_never_answers_costs_its_deadline_and_holds_no_other_up()
    {
        using var account = await host.RegisterAsync();
        string slow = host.Receiver.At((_, http) => Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System, http.RequestAborted));
        string quick = host.Receiver.At();
        var (slowHook, quickHook) = (await account.HookAsync(slow), await account.HookAsync(quick));
        List<Guid> stuck = [];
        for (int i = 0; i < 20; i++)
        {
            stuck.Add((await account.TestHookAsync(slowHook.Id)).Id);
        }

        await host.Receiver.SomeAsync(slow, 4);
        List<TimeSpan> waits = [];
        for (int i = 0; i < 10; i++)
        {
            var sent = await account.TestHookAsync(quickHook.Id);
            var message = await Eventually.GetAsync(
                () => Task.FromResult(host.Receiver.To(quick).FirstOrDefault(message => message.Id == sent.MessageId)), "the quick one hears");
            waits.Add(message.At - sent.CreatedAt);
        }

        var late = await account.BecomesAsync(stuck[0], "pending", 1);
        Assert.True(waits.Max() < 3 * WebhooksHost.Deadline, $"slowest {waits.Max()}");
        Assert.Null(late.Attempts[0].Status);
        Assert.Contains("within 2 s", late.Attempts[0].Error, StringComparison.Ordinal);
        Assert.InRange(late.Attempts[0].Ms, 1_900, 20_000);
    }

    [Fact]
    public async Task An_endless_answer_is_cut_and_a_body_that_is_no_text_does_no_harm()
    {
        using var account = await host.RegisterAsync();
        string endless = host.Receiver.At(async (_, http) =>
        {
            byte[] zeros = new byte[64 * 1024];
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(zeros, http.RequestAborted);
            }
        });
        var hook = await account.HookAsync(endless);

        var delivery = await account.TestHookAsync(hook.Id);
        var settled = await account.BecomesAsync(delivery.Id, "delivered", 1);

        Assert.Equal(1024, settled.Attempts[0].Response!.Length);
    }

    [Fact]
    public async Task What_has_had_its_time_is_deleted_with_one_off_addresses_that_have_nothing_left()
    {
        using var account = await host.RegisterAsync();
        string url = host.Receiver.At();
        var hook = await account.HookAsync(url);
        var (old, recent) = (await account.TestHookAsync(hook.Id), await account.TestHookAsync(hook.Id));
        await account.BecomesAsync(old.Id, "delivered", 1);
        await account.BecomesAsync(recent.Id, "delivered", 1);
        await host.Stack.ScalarAsync<int>("update webhook_deliveries set created_at = now() - interval '31 days' where id = $1 returning 1", old.Id);
        await host.Stack.ScalarAsync<int>(
            "insert into webhook_endpoints (id, tenant_id, kind, url, secret, updated_at) values ($1, $2, 'one-off', 'https://gone.example/', 'x', now() - interval '31 days') returning 1",
            Guid.CreateVersion7(), account.TenantId);

        await host.WorkerServices.GetServices<IHostedService>().OfType<WebhookExpiry>().Single().ExpireAsync(CancellationToken.None);

        Assert.Equal(recent.Id, Assert.Single(await account.DeliveriesAsync(hook.Id)).Id);
        Assert.Equal(0, await host.Stack.ScalarAsync<long>("select count(*) from webhook_attempts where delivery_id = $1", old.Id));
        Assert.Equal(hook.Id, Assert.Single((await account.GetAsync("/api/webhooks", ContractsJson.Default.PageWebhookInfo)).Items).Id);
    }

    [Fact]
    public async Task The_log_is_read_in_pages()
    {
        using var account = await host.RegisterAsync();
        var hook = await account.HookAsync(host.Receiver.At());
        List<Guid> sent = [];
        for (int i = 0; i < 5; i++)
        {
            sent.Add((await account.TestHookAsync(hook.Id)).Id);
        }

        List<Guid> read = [];
        string? cursor = "";
        while (cursor is not null)
        {
            var page = await account.GetAsync($"/api/webhooks/{hook.Id}/deliveries?limit=2&cursor={cursor}", ContractsJson.Default.PageWebhookDelivery);
            read.AddRange(page.Items.Select(delivery => delivery.Id));
            cursor = page.Next;
        }

        Assert.Equal(sent.AsEnumerable().Reverse(), read);
    }

    private static async Task<ReplayedWebhook> ReplayAsync(Account account, Guid webhook, ReplayWebhookRequest request)
    {
        using var response = await account.Http.PostAsJsonAsync($"/api/webhooks/{webhook}/replay", request);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ReplayedWebhook))!;
    }
}
