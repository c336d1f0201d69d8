using System.Net;
using System.Text;
using AiSaas.Core.Persistence;
using AiSaas.Tests.Gateway;
using AiSaas.Tests.Infrastructure;
using Npgsql;

namespace AiSaas.Tests.Faults;

/// <summary>Texts that JSON can name and no database can hold.</summary>
public sealed class OddTextTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly Stack _stack = new(postgres);

    public ValueTask InitializeAsync() => _stack.InitializeAsync();

    public ValueTask DisposeAsync() => _stack.DisposeAsync();

    [Fact]
    public async Task They_are_the_callers_fault_and_hold_up_nobody_where_continuations_run_on_the_threads_that_read_sockets()
    {
        await using var api = await ApiProcess.StartAsync(_stack, ("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1"), ("Identity:AttemptsPerMinute", "100000"));
        using var account = await Account.RegisterAsync(api.Address);
        (string Path, string Body)[] odd =
        [
            ("/api/conversations", """{"title":"a\u0000b"}"""),
            ("/api/collections", """{"name":"a\u0000b"}"""),
            ("/api/chat", """{"id":"c","messages":[{"id":"m","role":"user","parts":[{"type":"text","text":"half \ud800 of it"}]}]}"""),
            ("/v1/responses", """{"model":"extractive-1","input":"x","previous_response_id":"\ud800"}"""),
            ("/api/schedules", """{"name":"s","cron":"@daily","kind":"batch","body":{"items":[{"prompt":"half \ud800 of it"}]}}"""),
        ];

        // What forgets a connection's prepared statements used to wait for a socket on the thread that serves it: for 30 s.
        for (int times = 0; times < 3; times++)
        {
            var statuses = await Task.WhenAll(Enumerable.Repeat(odd, 4).SelectMany(one => one).Select(one => SendAsync(account.Http, one.Path, one.Body)))
                .WaitAsync(TimeSpan.FromSeconds(25), TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.All(statuses, status => Assert.Equal(HttpStatusCode.BadRequest, status));
        }

        Assert.Equal(HttpStatusCode.OK, await SendAsync(account.Http, "/api/conversations", """{"title":"ab"}"""));
    }

    [Fact]
    public void Nothing_is_sent_in_front_of_a_sessions_first_statement_since_that_could_not_be_canceled_without_blocking()
    {
        using var source = PersistenceServices.DataSource("Host=127.0.0.1;Database=none");

        Assert.True(new NpgsqlConnectionStringBuilder(source.ConnectionString).NoResetOnClose);
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient http, string path, string body)
    {
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(path, content, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
