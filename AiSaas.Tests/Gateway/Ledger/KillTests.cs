using System.Collections.Concurrent;
using System.Net.Http.Json;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Gateway.Ledger;

public sealed class KillTests(GovernorFixture fixture) : IClassFixture<GovernorFixture>
{
    [Fact]
    public async Task Every_answer_that_a_client_got_from_an_api_that_was_killed_under_load_is_in_the_ledger_once()
    {
        // Rows wait for long, so that the kill finds most of them in the journal only.
        (string, string?)[] settings =
        [
            ("Gateway:Ledger:JournalFolder", fixture.Journals), ("Gateway:Ledger:GatherMilliseconds", "1000"),
            ("Gateway:Limits:TenantRequestsPerMinute", "1000000"), ("Identity:AttemptsPerMinute", "100000"),
        ];
        ConcurrentBag<string> answered = [];
        int sent = 0;
        TenantId tenant;
        await using (var api = await ApiProcess.StartAsync(fixture.Stack, settings))
        {
            using var account = await Account.RegisterAsync(api.Address);
            tenant = new TenantId(account.TenantId);
            var callers = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
            {
                while (true)
                {
                    Interlocked.Increment(ref sent);
                    try
                    {
                        using var answer = await account.Http.PostAsJsonAsync("/v1/chat/completions", new Dictionary<string, object>
                        {
                            ["model"] = "extractive-1",
                            ["messages"] = new[] { new Dictionary<string, string> { ["role"] = "user", ["content"] = "Who?" } },
                        });
                        await answer.Content.LoadIntoBufferAsync();
                        if (answer.IsSuccessStatusCode)
                        {
                            answered.Add(answer.Headers.GetValues("x-request-id").Single());
                        }
                    }
                    catch (HttpRequestException)
                    {
                        return;
                    }
                }
            })).ToList();
            await Eventually.TrueAsync(() => Task.FromResult(answered.Count > 300), "300 answers");
            api.Kill();
            await Task.WhenAll(callers);
        }

        long before = await fixture.Stack.ScalarAsync<long>("select count(*) from model_calls where tenant_id = $1", tenant.Value);
        await using var adopter = await fixture.ReplicaAsync();
        await Eventually.TrueAsync(
            async () => await fixture.Stack.ScalarAsync<long>("select count(*) from model_calls where tenant_id = $1", tenant.Value) >= answered.Count,
            "the journal is adopted");

        var (calls, _) = await fixture.LedgerAsync(tenant);
        Assert.True(before < calls, "the kill came after everything was written");
        Assert.InRange(calls, answered.Count, sent);
        Assert.Equal(answered.Count, await fixture.Stack.ScalarAsync<long>(
            "select count(*) from model_calls where tenant_id = $1 and id::text = any ($2)", tenant.Value, answered.ToArray()));
    }
}
