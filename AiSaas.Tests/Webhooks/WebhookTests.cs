using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Webhooks;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Core.Webhooks;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Webhooks;

/// <summary>Setting up, hearing, verifying.</summary>
public sealed class WebhookTests(WebhooksHost host) : IClassFixture<WebhooksHost>
{
    [Fact]
    public async Task A_test_message_arrives_and_other_peoples_verifiers_accept_it_and_refuse_a_changed_one()
    {
        using var account = await host.RegisterAsync();
        string url = host.Receiver.At();
        var hook = await account.HookAsync(url, "job.*");

        var delivery = await account.TestHookAsync(hook.Id);
        var message = (await host.Receiver.SomeAsync(url, 1))[0];
        var good = await WebhookCalls.VerifyAsync(hook.Secret, message);
        var changed = await WebhookCalls.VerifyAsync(hook.Secret, message, message.Body.Replace("webhook.test", "webhook.best", StringComparison.Ordinal));

        Assert.StartsWith("whsec_", hook.Secret, StringComparison.Ordinal);
        Assert.Equal(["job.succeeded", "job.failed", "job.dead", "job.canceled"], hook.Webhook.Events);
        Assert.Equal(delivery.MessageId, message.Id);
        Assert.Equal(("ok", "ok"), good);
        Assert.DoesNotContain("ok", new[] { changed.Standard, changed.OpenAI });
        Assert.Equal("application/json", message.Headers["Content-Type"]);
        Assert.DoesNotContain("traceparent", message.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        var logged = await account.BecomesAsync(delivery.Id, "delivered", 1);
        Assert.Equal((200, 1, null), (logged.Attempts.Single().Status!.Value, logged.Attempts[0].Number, logged.Attempts[0].Error));
        Assert.Equal("webhook.test", logged.Payload!.Value.GetProperty("type").GetString());
        Assert.NotNull((await account.WebhookAsync(hook.Id)).LastSuccessAt);
    }

    [Fact]
    public async Task A_document_that_becomes_ready_is_told_to_who_asked_for_it_with_its_job_in_the_same_transaction()
    {
        using var account = await host.RegisterAsync();
        var (all, documents) = (host.Receiver.At(), host.Receiver.At());
        await account.HookAsync(all);
        await account.HookAsync(documents, "document.ready");

        var uploaded = await account.UploadAsync(await account.CreateCollectionAsync(), "notes.md", "# Refunds\n\nA refund takes five days.");
        var told = await host.Receiver.SomeAsync(all, 2);
        var ready = (await host.Receiver.SomeAsync(documents, 1))[0];

        Assert.Equal(["document.ready", "job.succeeded"], told.Select(message => Read(message).GetProperty("type").GetString()).Order());
        var document = Read(ready).GetProperty("data");
        Assert.Equal(
            (uploaded.Id, "notes.md", "ready", uploaded.JobId!.Value),
            (document.GetProperty("id").GetGuid(), document.GetProperty("name").GetString(), document.GetProperty("status").GetString(), document.GetProperty("jobId").GetGuid()));
        var job = Read(told.Single(message => Read(message).GetProperty("type").GetString() == "job.succeeded")).GetProperty("data");
        Assert.Equal(("ingest", "succeeded", uploaded.JobId), (job.GetProperty("kind").GetString(), job.GetProperty("status").GetString(), job.GetProperty("id").GetGuid()));
        Assert.True(Read(ready).GetProperty("timestamp").GetDateTimeOffset() > DateTimeOffset.UnixEpoch);
        Assert.Single(host.Receiver.To(documents));
    }

    [Fact]
    public async Task A_document_that_fails_is_told_with_the_reason()
    {
        using var account = await host.RegisterAsync();
        string url = host.Receiver.At();
        await account.HookAsync(url, "document.failed", "job.failed");

        await account.UploadAsync(await account.CreateCollectionAsync(), "broken.pdf", "%PDF-1.7 and nothing else");
        var told = await host.Receiver.SomeAsync(url, 2);

        Assert.Equal(["document.failed", "job.failed"], told.Select(message => Read(message).GetProperty("type").GetString()).Order());
        Assert.All(told, message => Assert.NotEmpty(Read(message).GetProperty("data").GetProperty("error").GetProperty("code").GetString()!));
    }

    [Fact]
    public async Task A_job_tells_the_address_that_it_named_and_a_canceled_one_too()
    {
        using var account = await host.RegisterAsync();
        string url = host.Receiver.At();
        var (job, attached) = await SubmitAsync(account, url);
        var (_, again) = await SubmitAsync(account, url);

        using var canceled = await account.Http.PostAsync($"/api/jobs/{job}/cancel", null);
        var message = (await host.Receiver.SomeAsync(url, 1))[0];

        Assert.Equal(("job.canceled", job.Value), (Read(message).GetProperty("type").GetString(), Read(message).GetProperty("data").GetProperty("id").GetGuid()));
        Assert.Equal("ok", (await WebhookCalls.VerifyAsync(attached.Secret!, message)).Standard);
        // The same address is the same endpoint; its secret is told once.
        Assert.Equal((attached.Endpoint, null), (again.Endpoint, again.Secret));
        Assert.Equal("one-off", (await account.WebhookAsync(attached.Endpoint.Value)).Kind);
        Assert.Single(host.Receiver.To(url));
    }

    [Fact]
    public async Task A_job_that_names_an_endpoints_own_address_is_told_once_under_its_secret()
    {
        using var account = await host.RegisterAsync();
        string url = host.Receiver.At();
        var hook = await account.HookAsync(url, "job.canceled");
        var (job, attached) = await SubmitAsync(account, url);

        using var canceled = await account.Http.PostAsync($"/api/jobs/{job}/cancel", null);
        var message = (await host.Receiver.SomeAsync(url, 1))[0];

        Assert.Equal((hook.Id, null), (attached.Endpoint.Value, attached.Secret));
        Assert.Equal("ok", (await WebhookCalls.VerifyAsync(hook.Secret, message)).Standard);
        Assert.Equal(1, await host.Stack.ScalarAsync<long>("select count(*) from webhook_deliveries where endpoint_id = $1", hook.Id));
    }

    [Fact]
    public async Task After_a_rotation_both_secrets_sign_and_the_old_one_is_forgotten_in_a_day()
    {
        using var account = await host.RegisterAsync();
        string url = host.Receiver.At();
        var hook = await account.HookAsync(url);

        using var response = await account.Http.PostAsync($"/api/webhooks/{hook.Id}/rotate", null);
        var rotated = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.RotatedWebhook))!;
        await account.TestHookAsync(hook.Id);
        var both = (await host.Receiver.SomeAsync(url, 1))[0];
        await host.Stack.ScalarAsync<int>("update webhook_endpoints set old_secret_until = now() where id = $1 returning 1", hook.Id);
        await account.TestHookAsync(hook.Id);
        var one = (await host.Receiver.SomeAsync(url, 2))[1];

        Assert.NotEqual(hook.Secret, rotated.Secret);
        Assert.Equal(2, both.Signature.Split(' ').Length);
        Assert.Equal("ok", (await WebhookCalls.VerifyAsync(hook.Secret, both)).Standard);
        Assert.Equal("ok", (await WebhookCalls.VerifyAsync(rotated.Secret, both)).Standard);
        Assert.Single(one.Signature.Split(' '));
        Assert.NotEqual("ok", (await WebhookCalls.VerifyAsync(hook.Secret, one)).Standard);
        Assert.InRange(rotated.OldSecretUntil - TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(23), TimeSpan.FromHours(24));
    }

    [Fact]
    public async Task A_secret_is_shown_once_and_lies_encrypted()
    {
        using var account = await host.RegisterAsync();
        var hook = await account.HookAsync(host.Receiver.At());

        string shown = await account.Http.GetStringAsync(new Uri("/api/webhooks", UriKind.Relative)) + await account.Http.GetStringAsync(new Uri($"/api/webhooks/{hook.Id}", UriKind.Relative));

        Assert.DoesNotContain(hook.Secret[6..], shown, StringComparison.Ordinal);
        Assert.Equal(0, await host.Stack.ScalarAsync<long>(
            "select count(*) from webhook_endpoints e where to_jsonb(e)::text like '%' || $1 || '%'", hook.Secret[6..]));
    }

    [Theory]
    [InlineData("ftp://example.com/x", "webhooks:bad-url")]
    [InlineData("http://user:pw@example.com/", "webhooks:bad-url")]
    [InlineData("http://169.254.169.254/latest/meta-data/", "webhooks:bad-url")]
    [InlineData("http://10.1.2.3/", "webhooks:bad-url")]
    [InlineData("http://[::1]/", "webhooks:bad-url")]
    [InlineData("http://2130706433/", "webhooks:bad-url")]
    [InlineData("http://127.0.0.1:6379/", "webhooks:bad-url")]
    [InlineData("not an address", "webhooks:bad-url")]
    [InlineData("", "webhooks:bad-url")]
    public async Task What_is_no_address_of_the_public_internet_is_refused_when_it_is_set(string url, string code)
    {
        using var account = await host.RegisterAsync();

        using var refused = await account.Http.PostAsJsonAsync("/api/webhooks", new CreateWebhookRequest(url));

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(code, (await Account.ProblemAsync(refused)).Code);
    }

    [Fact]
    public async Task An_endpoint_is_changed_switched_off_listed_and_deleted_with_its_log()
    {
        using var account = await host.RegisterAsync();
        string url = host.Receiver.At();
        var hook = await account.HookAsync(url);
        await account.TestHookAsync(hook.Id);
        await host.Receiver.SomeAsync(url, 1);

        using var unknown = await account.Http.PatchAsJsonAsync($"/api/webhooks/{hook.Id}", new UpdateWebhookRequest(Events: ["job.exploded"]));
        using var changed = await account.Http.PatchAsJsonAsync(
            $"/api/webhooks/{hook.Id}", new UpdateWebhookRequest(Events: ["document.*"], Description: "Ours", Enabled: false));
        var now = (await changed.Content.ReadFromJsonAsync(ContractsJson.Default.WebhookInfo))!;
        using var test = await account.Http.PostAsync($"/api/webhooks/{hook.Id}/test", null);
        var listed = Assert.Single((await account.GetAsync("/api/webhooks", ContractsJson.Default.PageWebhookInfo)).Items);
        using var deleted = await account.Http.DeleteAsync(new Uri($"/api/webhooks/{hook.Id}", UriKind.Relative));
        using var gone = await account.Http.GetAsync(new Uri($"/api/webhooks/{hook.Id}", UriKind.Relative));

        Assert.Equal("webhooks:unknown-event", (await Account.ProblemAsync(unknown)).Code);
        Assert.Equal((url, "Ours", false, null), (now.Url, now.Description, now.Enabled, now.DisabledReason));
        Assert.Equal(["document.ready", "document.failed"], now.Events);
        Assert.Equal("webhooks:disabled", (await Account.ProblemAsync(test)).Code);
        Assert.Equal(hook.Id, listed.Id);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (deleted.StatusCode, gone.StatusCode));
        Assert.Equal(0, await host.Stack.ScalarAsync<long>("select count(*) from webhook_deliveries where endpoint_id = $1", hook.Id));
    }

    [Fact]
    public async Task Only_admins_set_up_webhooks_members_look_and_viewers_see_none()
    {
        using var account = await host.RegisterAsync();
        var hook = await account.HookAsync(host.Receiver.At());
        foreach (var (role, list, change) in new[] { ("member", HttpStatusCode.OK, HttpStatusCode.Forbidden), ("viewer", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden) })
        {
            using var person = await host.RegisterAsync();
            await host.Stack.ScalarAsync<int>(
                "update memberships set role = $1 where tenant_id = $2 returning 1", role, person.TenantId);
            // Memberships are remembered for some seconds.
            await Eventually.TrueAsync(
                async () =>
                {
                    using var tried = await person.Http.PostAsJsonAsync("/api/webhooks", new CreateWebhookRequest("https://example.com/"));
                    return tried.StatusCode == change;
                }, $"a {role} is refused");
            using var looked = await person.Http.GetAsync(new Uri("/api/webhooks", UriKind.Relative));
            using var others = await person.Http.PostAsync($"/api/webhooks/{hook.Id}/test", null);
            Assert.Equal((list, change), (looked.StatusCode, others.StatusCode));
        }
    }

    private static JsonElement Read(Received message) => JsonElement.Parse(message.Body);

    // A job that nobody runs here: its queue isn't served.
    private async Task<(JobId Job, AttachOutcome.Attached Attached)> SubmitAsync(Account account, string url)
    {
        var queue = host.Services.GetRequiredService<JobQueue>();
        var outbox = host.Services.GetRequiredService<WebhookOutbox>();
        await using var work = await host.Services.GetRequiredService<TenantDatabase>().BeginAsync(TenantId.From(account.TenantId), CancellationToken.None);
        var job = await queue.EnqueueAsync(work, new NewJob(JobKind.Batch, "{}"u8.ToArray()), CancellationToken.None);
        var attached = await outbox.AttachAsync(work, null, job, url, CancellationToken.None);
        await work.CommitAsync(CancellationToken.None);
        return (job, Assert.IsType<AttachOutcome.Attached>(attached));
    }
}
