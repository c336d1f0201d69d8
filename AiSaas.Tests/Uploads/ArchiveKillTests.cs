using AiSaas.Api.Identity;
using AiSaas.Contracts.Documents;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Jobs;

namespace AiSaas.Tests.Uploads;

/// <summary><c>kill -9</c> of the worker while an archive is unpacked and read.</summary>
public sealed class ArchiveKillTests(Stack stack) : IClassFixture<Stack>
{
    private const int Files = 700;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    [Fact]
    public async Task An_archive_whose_worker_is_killed_is_unpacked_to_the_end_and_nothing_twice()
    {
        await using ServiceHost<CurrentUser> api = new(stack.Settings());
        using var account = await Account.RegisterAsync(api.Address);
        var collection = await account.CreateCollectionAsync();
        var uploaded = await account.UploadAsync(
            collection, "notes.zip", ZipBytes.Of(Enumerable.Range(0, Files).Select(number => ($"notes/{number % 7}/{number}.txt", $"Note {number} tells of lamp {number * 3}."))));

        // While it is unpacked: some of the files are documents, others are not yet.
        await KillAsync(() => CountAsync("select count(*) from documents where parent_id is not null"), 1);
        // While they are read, and the archive waits.
        await KillAsync(() => CountAsync("select count(*) from documents where parent_id is not null and status = 'ready'"), 20);
        await using var last = WorkerProcess.Start(stack);
        var info = await account.SettledAsync(uploaded.Id, Patience);

        Assert.Equal(("ready", new ChildDocuments(Files, Files, 0), null), (info.Status, info.Children, info.Notice));
        Assert.Equal(Files, await CountAsync("select count(distinct entry) from documents where parent_id is not null"));
        Assert.Equal(Files, await CountAsync("select count(*) from chunks"));
        Assert.Equal(Files, await CountAsync("select count(*) from vector_passages"));
        Assert.Equal(Files + 1, await CountAsync("select count(*) from files"));
        Assert.Equal(Files + 1, await CountAsync("select count(*) from jobs where kind = 'ingest'"));
    }

    private async Task KillAsync(Func<Task<long>> progress, int more)
    {
        await using var victim = WorkerProcess.Start(stack);
        long before = await progress();
        await Eventually.TrueAsync(async () => await progress() >= before + more, $"a worker gets on:\n{victim.Output}", Patience);
        victim.Kill();
    }

    private Task<long> CountAsync(string sql) => stack.ScalarAsync<long>(sql);
}
