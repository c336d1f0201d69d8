using System.Buffers;
using System.Text;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;

namespace AiSaas.Tests.Runs;

/// <summary>The ring that all readers of a run share: what it gives is always whole frames, in order, without a gap.</summary>
public sealed class RunWindowTests
{
    private const int Largest = 64 * 1024;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Readers_at_any_pace_get_every_frame_in_order_or_learn_that_theirs_is_gone(int seed)
    {
        Random chance = new(seed);
        RunWindow window = new();
        window.Restart(null);
        List<(RunEventId Id, string Frame)> all = [];
        (long Offset, int Next, int Lost)[] readers = [.. Enumerable.Repeat((window.Start, 0, 0), 5)];
        for (int number = 1; number <= 3_000; number++)
        {
            RunEventId id = new(1, number);
            byte[] entry = RunFrames.Entry(null, id, [new TextDeltaPart("t", new string('x', chance.Next(1, number % 500 == 0 ? 20_000 : 300)))]);
            Assert.True(RunFrames.TryReadEntry(entry, out _, out var frames));
            window.Add(frames.Span, () => readers.Min(reader => reader.Offset));
            all.Add((id, Encoding.UTF8.GetString(frames.Span)));
            Assert.InRange(window.End - window.Start, 0, Largest);

            // The first reads everything at once, the last almost never.
            for (int index = 0; index < readers.Length; index++)
            {
                if (chance.Next(1 + (index * index * 10)) == 0)
                {
                    readers[index] = Read(window, all, readers[index], chance.Next(1, 5_000));
                }
            }
        }

        for (int index = 0; index < readers.Length; index++)
        {
            while (readers[index].Next < all.Count)
            {
                readers[index] = Read(window, all, readers[index], 16 * 1024);
            }
        }

        Assert.Equal(0, readers[0].Lost);
    }

    [Fact]
    public void Every_position_in_the_window_is_found_and_none_outside_it()
    {
        RunWindow window = new();
        Assert.Null(window.After(null));
        window.Restart(new(1, 10));
        for (int number = 11; number <= 20; number++)
        {
            Add(window, new(1, number), 10);
        }

        Assert.Null(window.After(null));
        Assert.Null(window.After(new(1, 9)));
        Assert.Equal(window.Start, window.After(new(1, 10)));
        Assert.Equal(window.End, window.After(new(1, 20)));
        for (int number = 10; number < 20; number++)
        {
            ArrayBufferWriter<byte> taken = new();
            var (_, last) = window.CopyTo(taken, window.After(new(1, number))!.Value, 1);
            Assert.Equal(new RunEventId(1, number + 1), last);
        }

        // A later attempt's events are above all of these.
        Assert.Equal(window.End, window.After(new(2, 1)));
    }

    [Fact]
    public void A_frame_larger_than_the_window_is_left_to_the_log_and_the_next_one_is_there_again()
    {
        RunWindow window = new();
        window.Restart(null);
        Add(window, new(1, 1), 10);
        Add(window, new(1, 2), Largest + 1);
        Assert.Null(window.After(new(1, 1)));
        Add(window, new(1, 3), 10);
        ArrayBufferWriter<byte> taken = new();
        Assert.Equal(new RunEventId(1, 3), window.CopyTo(taken, window.After(new(1, 2))!.Value, 1).Last);
    }

    private static void Add(RunWindow window, RunEventId id, int length)
    {
        Assert.True(RunFrames.TryReadEntry(RunFrames.Entry(null, id, [new TextDeltaPart("t", new string('x', length))]), out _, out var frames));
        window.Add(frames.Span, () => long.MaxValue);
    }

    private static (long Offset, int Next, int Lost) Read(
        RunWindow window, List<(RunEventId Id, string Frame)> all, (long Offset, int Next, int Lost) reader, int atMost)
    {
        if (reader.Offset < window.Start)
        {
            // As a feed's reader does: the log has what it missed, then it finds its place.
            int from = all.FindIndex(one => one.Id > window.Before);
            from = from < 0 ? all.Count : from;
            reader = (window.After(from == 0 ? null : all[from - 1].Id)!.Value, from, reader.Lost + 1);
        }

        if (reader.Offset == window.End)
        {
            return reader;
        }

        ArrayBufferWriter<byte> taken = new();
        var (offset, last) = window.CopyTo(taken, reader.Offset, atMost);
        int next = all.FindIndex(one => one.Id == last) + 1;
        Assert.Equal(string.Concat(all[reader.Next..next].Select(one => one.Frame)), Encoding.UTF8.GetString(taken.WrittenSpan));
        return (offset, next, reader.Lost);
    }
}
