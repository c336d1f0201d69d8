using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Jobs;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Jobs.Schedules;

/// <summary>Schedules over HTTP.</summary>
public sealed class ScheduleEndpointsTests(Product product) : IClassFixture<Product>
{
    [Fact]
    public async Task A_schedule_is_made_shown_with_its_next_times_changed_and_deleted()
    {
        using var account = await product.RegisterAsync();

        var made = await MadeAsync(account, Question() with { Timezone = "Europe/Berlin" });
        Assert.Equal(("Monday report", "0 9 * * mon", "Europe/Berlin", "chat", true), (made.Name, made.Cron, made.Timezone, made.Kind, made.Mine));
        Assert.Equal(5, made.Next.Count);
        Assert.All(made.Next, time => Assert.Equal((DayOfWeek.Monday, true), (time.DayOfWeek, time.Hour is 7 or 8)));
        Assert.Equal("What is new?", made.Body!.Value.GetProperty("text").GetString());

        var off = await PatchAsync(account, made.Id, new(Name: "Weekly", Enabled: false));
        Assert.Equal(("Weekly", false, 0), (off.Name, off.Enabled, off.Next.Count));
        var on = await PatchAsync(account, made.Id, new(Enabled: true, Cron: "@hourly"));
        Assert.Equal(("@hourly", 5), (on.Cron, on.Next.Count));
        Assert.Equal(made.Id, (await account.Http.GetFromJsonAsync("/api/schedules", ContractsJson.Default.PageScheduleInfo))!.Items.Single().Id);

        using var deleted = await account.Http.DeleteAsync($"/api/schedules/{made.Id}");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var gone = await account.Http.GetAsync($"/api/schedules/{made.Id}");
        Assert.Equal("schedules:not-found", (await Account.ProblemAsync(gone)).Code);
    }

    [Fact]
    public async Task A_scheduled_question_is_asked_when_it_is_due_and_its_answer_begins_a_conversation()
    {
        using var account = await product.RegisterAsync();
        var uploaded = await account.UploadAsync(await account.CreateCollectionAsync(), "notes.md", "# Refunds\n\nA refund takes five days.");
        await account.SettledAsync(uploaded.Id);
        var made = await MadeAsync(account, Question("How long does a refund take?"));

        await product.Stack.ScalarAsync<int>("update job_schedules set next_at = now() where id = $1", made.Id);

        var run = await Eventually.GetAsync(
            async () => await account.Http.GetFromJsonAsync($"/api/schedules/{made.Id}", ContractsJson.Default.ScheduleInfo) is { LastJobId: not null } ran ? ran : null,
            "the schedule runs");
        Assert.Equal("submitted", run.LastOutcome);
        await Eventually.TrueAsync(
            async () => (await account.Http.GetFromJsonAsync($"/api/jobs/{run.LastJobId}", ContractsJson.Default.JobInfo))!.Status == "succeeded", "the answer is written");
        var conversation = (await account.Http.GetFromJsonAsync("/api/conversations", ContractsJson.Default.PageConversationSummary))!.Items.Single();
        Assert.Equal("Monday report", conversation.Title);
        var messages = (await account.Http.GetFromJsonAsync($"/api/conversations/{conversation.Id}", ContractsJson.Default.ConversationDetail))!.Messages;
        Assert.Contains("five days", messages[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schedule_runs_by_hand_into_the_conversation_it_names_until_that_is_gone()
    {
        using var account = await product.RegisterAsync();
        var conversation = await account.StartConversationAsync();
        var made = await MadeAsync(account, Question(conversation: conversation));

        using var ran = await account.Http.PostAsync($"/api/schedules/{made.Id}/run", null);
        Assert.Equal(HttpStatusCode.Accepted, ran.StatusCode);
        var job = (await ran.Content.ReadFromJsonAsync(ContractsJson.Default.ScheduleRun))!.JobId;
        Assert.Equal("chat", (await account.Http.GetFromJsonAsync($"/api/jobs/{job}", ContractsJson.Default.JobInfo))!.Kind);

        using var deleted = await account.Http.DeleteAsync($"/api/conversations/{conversation}");
        Assert.True(deleted.IsSuccessStatusCode);
        using var refused = await account.Http.PostAsync($"/api/schedules/{made.Id}/run", null);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.Equal("conversations:not-found", (await Account.ProblemAsync(refused)).Code);
    }

    [Theory]
    [InlineData("{}", "schedules:bad-name")]
    [InlineData("""{"name":"x","cron":"* * *","kind":"chat","body":{"text":"?"}}""", "schedules:bad-cron")]
    [InlineData("""{"name":"x","cron":"@daily","timezone":"Mars/Olympus","kind":"chat","body":{"text":"?"}}""", "schedules:bad-timezone")]
    [InlineData("""{"name":"x","cron":"@daily","kind":"ingest","body":{}}""", "schedules:unknown-kind")]
    [InlineData("""{"name":"x","cron":"@daily","kind":"chat"}""", "schedules:bad-body")]
    [InlineData("""{"name":"x","cron":"@daily","kind":"chat","body":{}}""", "schedules:bad-body")]
    [InlineData("""{"name":"x","cron":"@daily","kind":"chat","body":{"text":" "}}""", "messages:empty")]
    [InlineData("""{"name":"x","cron":"@daily","kind":"chat","body":{"text":"?","model":"nobody"}}""", "models:unknown")]
    public async Task What_makes_no_sense_is_refused_in_words(string body, string code)
    {
        using var account = await product.RegisterAsync();

        using var response = await account.Http.PostAsync("/api/schedules", new StringContent(body, null, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(code, (await Account.ProblemAsync(response)).Code);
    }

    [Fact]
    public async Task A_workspace_has_a_hundred_schedules_at_most_however_fast_they_are_made()
    {
        using var account = await product.RegisterAsync();
        await product.Stack.ScalarAsync<int>(
            """
            insert into job_schedules (id, tenant_id, name, kind, body, cron, timezone)
            select gen_random_uuid(), $1, 'x', 'chat', '{}', '@daily', 'UTC' from generate_series(1, 98)
            """, account.TenantId);

        var made = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => account.Http.PostAsJsonAsync("/api/schedules", Question())));

        Assert.Equal(2, made.Count(response => response.StatusCode == HttpStatusCode.Created));
        Assert.All(made.Where(response => !response.IsSuccessStatusCode), response => Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode));
    }

    [Fact]
    public async Task Another_member_sees_that_a_schedule_is_there_not_what_it_asks_and_leaves_it_alone()
    {
        using var author = await product.RegisterAsync();
        using var colleague = await product.RegisterAsync();
        await product.Stack.ScalarAsync<int>("update memberships set role = 'member' where user_id = $1", colleague.UserId);
        var made = await MadeAsync(author, Question());
        await product.Stack.ScalarAsync<int>("update job_schedules set tenant_id = $1 where id = $2", colleague.TenantId, made.Id);

        var seen = (await colleague.Http.GetFromJsonAsync("/api/schedules", ContractsJson.Default.PageScheduleInfo))!.Items.Single();
        Assert.Equal((made.Id, false, null), (seen.Id, seen.Mine, seen.Body));
        using var run = await colleague.Http.PostAsync($"/api/schedules/{made.Id}/run", null);
        Assert.Equal("schedules:not-yours", (await Account.ProblemAsync(run)).Code);
        using var delete = await colleague.Http.DeleteAsync($"/api/schedules/{made.Id}");
        Assert.Equal(HttpStatusCode.Forbidden, delete.StatusCode);
    }

    [Fact]
    public async Task An_expression_is_tried_out_before_it_is_used()
    {
        using var account = await product.RegisterAsync();

        var preview = await account.Http.GetFromJsonAsync(
            "/api/schedules/preview?cron=0%209%20*%20*%20*&timezone=Asia/Tokyo", ContractsJson.Default.SchedulePreview);

        Assert.Equal(5, preview!.Next.Count);
        Assert.All(preview.Next, time => Assert.Equal((0, 0), (time.Hour, time.Minute)));
        using var bad = await account.Http.GetAsync("/api/schedules/preview?cron=hello");
        Assert.Equal("schedules:bad-cron", (await Account.ProblemAsync(bad)).Code);
    }

    private static CreateScheduleRequest Question(string text = "What is new?", Guid? conversation = null) => new(
        "Monday report", "0 9 * * mon", "chat",
        JsonSerializer.SerializeToElement(conversation is { } named ? new Dictionary<string, string> { ["text"] = text, ["conversationId"] = named.ToString() } : new() { ["text"] = text }));

    private static async Task<ScheduleInfo> MadeAsync(Account account, CreateScheduleRequest request)
    {
        using var response = await account.Http.PostAsJsonAsync("/api/schedules", request);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ScheduleInfo))!;
    }

    private static async Task<ScheduleInfo> PatchAsync(Account account, Guid id, UpdateScheduleRequest request)
    {
        using var response = await account.Http.PatchAsJsonAsync($"/api/schedules/{id}", request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ScheduleInfo))!;
    }
}
