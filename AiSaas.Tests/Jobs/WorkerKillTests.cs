using System.Text;
using AiSaas.Api.Identity;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Jobs;

/// <summary><c>kill -9</c> of real worker processes under real work.</summary>
public sealed class WorkerKillTests(PostgresServer postgres) : IAsyncLifetime
{
    private const int Documents = 6;

    private readonly Stack _stack = new(postgres);
    private ServiceHost<CurrentUser>? _api;

    public async ValueTask InitializeAsync()
    {
        await _stack.InitializeAsync();
        _api = new ServiceHost<CurrentUser>(_stack.Settings(("Identity:AttemptsPerMinute", "100000")));
    }

    [Fact]
    public async Task Documents_whose_worker_is_killed_are_finished_by_the_next_each_exactly_once()
    {
        using var account = await Account.RegisterAsync(_api!.Address);
        var collection = await account.CreateCollectionAsync();
        List<Guid> documents = [];
        for (int number = 0; number < Documents; number++)
        {
            documents.Add((await account.UploadAsync(collection, $"manual-{number}.md", Manual(number))).Id);
        }

        for (int kills = 0; kills < 2; kills++)
        {
            await using var victim = WorkerProcess.Start(_stack);
            long before = await AttemptsAsync();
            await Eventually.TrueAsync(async () => await AttemptsAsync() > before, $"a worker begins:\n{victim.Output}", TimeSpan.FromMinutes(2));
            victim.Kill();
        }

        await using var last = WorkerProcess.Start(_stack);
        foreach (var document in documents)
        {
            var settled = await account.SettledAsync(document, TimeSpan.FromMinutes(3));
            Assert.Equal(("ready", null), (settled.Status, settled.Error));
            var chunks = await _stack.ScalarAsync<long>("select count(*) from chunks where document_id = $1", document);
            var places = await _stack.ScalarAsync<long>(
                "select count(distinct (page, start_offset, end_offset)) from chunks where document_id = $1", document);
            Assert.Equal((settled.Chunks!.Value, chunks), ((int)chunks, places));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        await _stack.DisposeAsync();
    }

    private Task<long> AttemptsAsync() => _stack.ScalarAsync<long>("select coalesce(sum(fence), 0)::bigint from jobs");

    private static string Manual(int number)
    {
        StringBuilder text = new();
        for (int section = 0; section < 200; section++)
        {
            text.Append("## Section ").Append(number).Append('.').Append(section).Append("\n\n")
                .Append("The pump of model ").Append(section).Append(" is cleaned once a week with warm water, and its filter is changed once a month. ")
                .Append("Before opening it, pull the plug and wait until the motor has stopped.\n\n");
        }

        return text.ToString();
    }
}
