using System.Text.Json;
using AiSaas.Contracts.Common;
using AiSaas.Core.Jobs;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Jobs;

namespace AiSaas.Tests.Webhooks;

/// <summary>Every way in which a job ends is heard, once, in the transaction that ends it.</summary>
public sealed class JobEventTests(JobsFixture fixture) : IClassFixture<JobsFixture>
{
    [Theory]
    [InlineData("succeeded")]
    [InlineData("completed")]
    [InlineData("failed")]
    [InlineData("dead")]
    [InlineData("canceled")]
    public async Task An_end_is_one_event_with_what_the_job_came_to(string end)
    {
        var (tenant, endpoint) = await HearingAsync();
        await using var host = JobsHost.Create(fixture.Stack, async (context, cancellation) =>
        {
            switch (end)
            {
                case "completed":
                    await context.CompleteAsync((_, _) => Task.CompletedTask, """{"answer":42}""", cancellation);
                    return JobOutcome.Done;
                case "succeeded":
                    return new JobOutcome.Succeeded("""{"answer":42}""");
                case "failed":
                    return new JobOutcome.Failed(new Failure("test:no", "It can't be done."));
                case "dead":
                    return new JobOutcome.Retry(ErrorClass.Unexpected, new Failure("test:broken", "It broke."));
                default:
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
                    return JobOutcome.Done;
            }
        });
        var job = await host.SubmitAsync(tenant, one => one with { MaxAttempts = 1 });
        await host.WorkAsync();
        if (end == "canceled")
        {
            await host.BecomesAsync(tenant, job, JobStatus.Running);
            await host.Control.CancelAsync(tenant, job, "cancel", CancellationToken.None);
        }

        string name = end == "completed" ? "succeeded" : end;
        await host.BecomesAsync(tenant, job, JobStatusNames.Parse(name));
        string payload = (await fixture.Stack.ScalarAsync<string>("select payload from webhook_deliveries where endpoint_id = $1", endpoint))!;

        Assert.Equal(1, await CountAsync(endpoint));
        var told = JsonElement.Parse(payload);
        Assert.Equal($"job.{name}", told.GetProperty("type").GetString());
        var data = told.GetProperty("data");
        Assert.Equal((job.Value, name), (data.GetProperty("id").GetGuid(), data.GetProperty("status").GetString()));
        int? answer = data.TryGetProperty("result", out var result) ? result.GetProperty("answer").GetInt32() : null;
        string? code = data.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;
        Assert.Equal(name == "succeeded" ? 42 : null, answer);
        Assert.Equal(name switch { "failed" => "test:no", "dead" => "test:broken", _ => null }, code);
    }

    [Fact]
    public async Task A_group_of_jobs_that_end_together_is_heard_job_by_job_by_its_own_workspace()
    {
        var (tenant, endpoint) = await HearingAsync();
        var (_, other) = await HearingAsync();
        var deaf = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack);
        var mine = await host.SubmitAsync(tenant, 300);
        var theirs = await host.SubmitAsync(deaf, 50);
        await host.WorkAsync();
        foreach (var job in theirs)
        {
            await host.BecomesAsync(deaf, job, JobStatus.Succeeded);
        }

        await Eventually.TrueAsync(async () => await CountAsync(endpoint) == mine.Count, "all are heard of");

        Assert.Equal(mine.Count, await fixture.Stack.ScalarAsync<long>("select count(distinct subject_id) from webhook_deliveries where endpoint_id = $1", endpoint));
        Assert.Equal(0, await CountAsync(other));
    }

    [Fact]
    public async Task A_result_too_long_for_a_message_is_left_out_and_said_so()
    {
        var (tenant, endpoint) = await HearingAsync();
        await using var host = JobsHost.Create(fixture.Stack, (_, _) => Task.FromResult<JobOutcome>(new JobOutcome.Succeeded($"\"{new string('x', 40_000)}\"")));
        var job = await host.SubmitAsync(tenant);
        await host.WorkAsync();
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);

        var data = JsonElement.Parse((await fixture.Stack.ScalarAsync<string>("select payload from webhook_deliveries where endpoint_id = $1", endpoint))!).GetProperty("data");

        Assert.False(data.TryGetProperty("result", out _));
        Assert.True(data.GetProperty("resultOmitted").GetBoolean());
    }

    private Task<long> CountAsync(Guid endpoint) =>
        fixture.Stack.ScalarAsync<long>("select count(*) from webhook_deliveries where endpoint_id = $1", endpoint);

    private async Task<(TenantId Tenant, Guid Endpoint)> HearingAsync()
    {
        var tenant = await fixture.TenantAsync();
        var endpoint = Guid.CreateVersion7();
        await fixture.Stack.ScalarAsync<int>(
            """
            insert into webhook_endpoints (id, tenant_id, url, events, secret)
            values ($1, $2, 'https://example.com/', '{job.succeeded,job.failed,job.dead,job.canceled}', 'x') returning 1
            """, endpoint, tenant.Value);
        return (tenant, endpoint);
    }
}
