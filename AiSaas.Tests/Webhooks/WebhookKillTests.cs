using AiSaas.Api.Identity;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Jobs;

namespace AiSaas.Tests.Webhooks;

/// <summary><c>kill -9</c> of a worker that has sent a message and not written it down.</summary>
public sealed class WebhookKillTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly Stack _stack = new(postgres);
    private ServiceHost<CurrentUser>? _api;

    public async ValueTask InitializeAsync()
    {
        await _stack.InitializeAsync();
        _api = new ServiceHost<CurrentUser>(_stack.Settings(WebhooksHost.Settings(_stack)));
    }

    [Fact]
    public async Task The_next_worker_sends_it_again_under_the_same_id()
    {
        await using var receiver = await Receiver.StartAsync();
        using var account = await Account.RegisterAsync(_api!.Address);
        int calls = 0;
        string url = receiver.At((_, http) => Interlocked.Increment(ref calls) == 1
            ? Task.Delay(TimeSpan.FromMinutes(1), TimeProvider.System, http.RequestAborted)
            : Task.CompletedTask);
        var hook = await account.HookAsync(url);
        var delivery = await account.TestHookAsync(hook.Id);
        var settings = WebhooksHost.Settings(_stack, ("Webhooks:Deadline", "00:00:30"));

        await using (var victim = WorkerProcess.Start(_stack, settings))
        {
            await receiver.SomeAsync(url, 1, TimeSpan.FromMinutes(2));
            victim.Kill();
        }

        await using var next = WorkerProcess.Start(_stack, settings);
        var messages = await receiver.SomeAsync(url, 2, TimeSpan.FromMinutes(2));
        var settled = await account.BecomesAsync(delivery.Id, "delivered", 1);

        Assert.Equal((delivery.MessageId, delivery.MessageId), (messages[0].Id, messages[1].Id));
        Assert.Equal(messages[0].Body, messages[1].Body);
        Assert.Equal(1, settled.Tries);
    }

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        await _stack.DisposeAsync();
    }
}
