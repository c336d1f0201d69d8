using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Ledger;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace AiSaas.Tests.Gateway.Ledger;

public sealed class JournalTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("aisaas-journal-").FullName;

    [Fact]
    public void What_was_written_is_there_when_the_process_is_gone_in_order_over_many_segments()
    {
        List<byte[]> written = [];
        using (JournalFolder folder = JournalFolder.Create(_root, "dead"))
        {
            CallJournal journal = new(folder, Small(), NullLogger<CallJournal>.Instance);
            for (int i = 0; i < 2_000; i++)
            {
                byte[] record = [.. BitConverter.GetBytes(i), .. new byte[i % 500]];
                written.Add(record);
                journal.Begin(record);
            }

            // Not disposed of: a killed process doesn't tidy up. Only the kernel takes the lock back.
        }

        using var found = Assert.Single(JournalFolder.Abandoned(_root));
        var read = found.Segments.SelectMany(JournalSegment.ReadAll).ToList();
        Assert.Equal(written, read.Select(one => one.Record));
        Assert.All(read, one => Assert.Equal(JournalRecordKind.Begun, one.Kind));
        Assert.True(found.Segments.Count > 3);
    }

    [Fact]
    public void A_record_that_was_cut_short_ends_its_segment_and_nothing_before_it_is_lost()
    {
        JournalFolder folder = JournalFolder.Create(_root, "dead");
        CallJournal journal = new(folder, Small(), NullLogger<CallJournal>.Instance);
        for (byte i = 1; i <= 10; i++)
        {
            journal.Begin([i, i, i, i]);
        }

        folder.Dispose();
        string segment = folder.Segments[0];
        byte[] bytes = File.ReadAllBytes(segment);
        bytes[12 + (9 * 13) + 10] ^= 0xFF;
        File.WriteAllBytes(segment, bytes);

        Assert.Equal(9, JournalSegment.ReadAll(segment).Count());
    }

    [Fact]
    public void What_postgres_has_makes_room_and_a_segment_that_is_used_again_shows_nothing_of_before()
    {
        using JournalFolder folder = JournalFolder.Create(_root, "alive");
        CallJournal journal = new(folder, Small(), NullLogger<CallJournal>.Instance);
        for (int i = 0; i < 20_000; i++)
        {
            var entry = journal.End(journal.Begin(new byte[100]), new byte[200]);
            journal.Recorded([entry]);
        }

        Assert.True(journal.HasRoom);
        Assert.True(journal.IsEmpty);
        Assert.True(folder.Segments.Count <= 3, $"{folder.Segments.Count} segments");
        var last = journal.Begin([1, 2, 3]);
        folder.Dispose();
        Assert.Equal([1, 2, 3], folder.Segments.SelectMany(JournalSegment.ReadAll).Last().Record);
        Assert.NotNull(last);
    }

    [Fact]
    public void When_too_much_waits_no_call_may_begin_but_those_that_run_can_end()
    {
        using JournalFolder folder = JournalFolder.Create(_root, "alive");
        CallJournal journal = new(folder, Small(), NullLogger<CallJournal>.Instance);
        List<JournalEntry> open = [];
        while (journal.HasRoom)
        {
            open.Add(journal.Begin(new byte[500]));
        }

        foreach (var entry in open)
        {
            journal.End(entry, new byte[600]);
        }

        Assert.False(journal.HasRoom);
        journal.Recorded(open);
        Assert.True(journal.HasRoom);
        Assert.True(journal.IsEmpty);
    }

    [Fact]
    public void Long_calls_are_carried_forward_so_that_they_pin_no_old_segments()
    {
        using JournalFolder folder = JournalFolder.Create(_root, "alive");
        CallJournal journal = new(folder, Small(), NullLogger<CallJournal>.Instance);
        List<JournalEntry> slow = [];
        for (int i = 0; i < 20_000; i++)
        {
            var entry = journal.Begin([.. BitConverter.GetBytes(i), .. new byte[200]]);
            if (i % 2_000 == 0)
            {
                slow.Add(entry);
                journal.Tidy();
            }
            else
            {
                journal.Recorded([journal.End(entry, new byte[200])]);
            }
        }

        journal.Tidy();

        Assert.True(journal.Segments <= 6, $"{journal.Segments} segments");
        folder.Dispose();
        var begun = folder.Segments.SelectMany(JournalSegment.ReadAll).Where(one => one.Kind == JournalRecordKind.Begun)
            .Select(one => BitConverter.ToInt32(one.Record)).ToHashSet();
        Assert.All(Enumerable.Range(0, 10).Select(i => i * 2_000), i => Assert.Contains(i, begun));
        Assert.All(slow, entry => Assert.NotNull(entry.Segment));
    }

    [Fact]
    public void A_folder_whose_process_lives_is_not_adopted()
    {
        using JournalFolder alive = JournalFolder.Create(_root, "alive");

        Assert.Empty(JournalFolder.Abandoned(_root));
    }

    [Fact]
    public void A_row_reads_back_as_it_was_written_and_texts_without_end_are_cut()
    {
        GatewayCaller caller = new(TenantId.New(), UserId.New(), ApiKeyId.New()) { EndUser = new string('ä', 5_000) + "\0", Feature = "search\0" };
        CallIntent intent = new(CallId.New(), caller, WireApi.Messages, "gpt", [], 10, null, 1, true);
        CallBatch batch = new();

        var charge = batch.Add(CallRecord.Write(intent, DateTimeOffset.UnixEpoch, new CallFacts
        {
            Status = CallStatus.Canceled,
            PriceVersion = "v",
            Cache = "miss",
            CostNanos = 7,
            Usage = new(1, 2, 1, 0, 1, true),
            Attempts = [.. Enumerable.Repeat(new ModelAttempt(new string('x', 999), "m", AttemptOutcome.Failed, ModelErrorClass.TimedOut, 504, TimeSpan.FromSeconds(1), null), 100)],
        }));

        Assert.Equal((caller.Tenant, intent.Id, "search", 7L), (charge.Tenant, charge.Id, charge.Feature, charge.CostNanos));
        Assert.Equal(new string('ä', 200), charge.UserLabel);
        Assert.Equal(1, batch.Count);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static LedgerOptions Small() => new() { SegmentBytes = 1 << 16, MaxBytes = 16 << 16 };
}
