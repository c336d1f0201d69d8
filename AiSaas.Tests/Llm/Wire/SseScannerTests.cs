using System.Text;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Sse;
using FsCheck;
using FsCheck.Fluent;

namespace AiSaas.Tests.Llm.Wire;

public sealed class SseScannerTests
{
    private static List<(string Name, string Data)> Read(SseScanner scanner, IEnumerable<byte[]> pieces, bool last = false)
    {
        List<(string, string)> events = [];
        foreach (byte[] piece in pieces)
        {
            ReadOnlySpan<byte> input = piece;
            while (scanner.TryRead(ref input, out var found))
            {
                events.Add((Encoding.UTF8.GetString(found.Name), Encoding.UTF8.GetString(found.Data)));
            }

            Assert.True(input.IsEmpty);
        }

        if (last && scanner.TryReadLast(out var end))
        {
            events.Add((Encoding.UTF8.GetString(end.Name), Encoding.UTF8.GetString(end.Data)));
        }

        return events;
    }

    private static List<(string Name, string Data)> Read(string text) => Read(new SseScanner(), [Encoding.UTF8.GetBytes(text)]);

    [Fact]
    public void Every_cut_of_a_stream_gives_the_same_events()
    {
        byte[] stream = Encoding.UTF8.GetBytes(
            "\uFEFF: hello\r\n\r\nevent: grüße\r\ndata: {\"a\":\"é😀\"}\r\nid: 7\r\n\r\ndata: one\rdata:two\rdata\r\r: keep-alive\n\nevent: empty\n\ndata: [DONE]\n\n");
        (string, string)[] expected = [("grüße", "{\"a\":\"é😀\"}"), ("", "one\ntwo\n"), ("", "[DONE]")];

        Assert.Equal(expected, Read(new(), [stream]));
        Assert.Equal(expected, Read(new(), stream.Select(one => new[] { one })));
        for (int i = 0; i <= stream.Length; i++)
        {
            for (int j = i; j <= stream.Length; j++)
            {
                Assert.Equal(expected, Read(new(), [stream[..i], stream[i..j], stream[j..]]));
            }
        }
    }

    [Fact]
    public void Any_events_survive_any_line_end_and_any_cut()
    {
        var line = Gen.Elements("a", ":", " b", "data: x", "é", "{\"k\":1}", "").ArrayOf().Select(parts => string.Concat(parts));
        var message = from name in Gen.Elements("", "message_start", "x y")
                      from lines in line.NonEmptyListOf()
                      select (Name: name, Data: string.Join('\n', lines));
        var cases = from messages in message.ListOf()
                    from end in Gen.Elements("\n", "\r\n", "\r")
                    from cuts in Gen.Choose(1, 7).NonEmptyListOf()
                    select (messages, end, cuts);

        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            byte[] stream = Encoding.UTF8.GetBytes(string.Concat(given.messages.Select(message =>
                (message.Name.Length > 0 ? $"event: {message.Name}{given.end}" : "")
                + string.Concat(message.Data.Split('\n').Select(one => $"data: {one}{given.end}")) + given.end)));
            List<byte[]> pieces = [];
            for (int at = 0, next = 0; at < stream.Length; next++)
            {
                int length = Math.Min(given.cuts[next % given.cuts.Count], stream.Length - at);
                pieces.Add(stream[at..(at + length)]);
                at += length;
            }

            return Read(new(), pieces).SequenceEqual(given.messages);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_bytes_taken_for_an_event_end_with_its_blank_line()
    {
        byte[] stream = Encoding.UTF8.GetBytes("data: 1\r\n\r\ndata: 2\r\n\r\n");
        ReadOnlySpan<byte> input = stream;

        Assert.True(new SseScanner().TryRead(ref input, out _));

        Assert.Equal("data: 2\r\n\r\n", Encoding.UTF8.GetString(input));
    }

    [Fact]
    public void Fields_are_read_as_the_rules_have_it()
    {
        SseScanner scanner = new();

        Assert.Equal([("b", "  two spaces")], Read(scanner, ["event: a\nevent: b\nid: 9\nretry: 10\nunknown: x\ndata:   two spaces\n\n"u8.ToArray()]));

        Assert.Equal("9", Encoding.UTF8.GetString(scanner.LastId));
        Assert.Equal([("", "")], Read("data\n\n"));
        Assert.Equal([("", "x")], Read("event: dropped\n\ndata: x\n\n"));
    }

    [Theory]
    [InlineData("data: [DONE]")]
    [InlineData("data: [DONE]\n")]
    [InlineData("data: [DONE]\r")]
    [InlineData("data: [DONE]\n\n")]
    public void An_end_without_its_blank_line_is_read(string end) =>
        Assert.Equal([("", "1"), ("", "[DONE]")], Read(new(), [Encoding.UTF8.GetBytes("data: 1\n\n" + end)], last: true));

    [Fact]
    public void An_event_beyond_the_bound_is_refused_whether_in_one_line_or_many()
    {
        byte[] line = [.. "data: "u8, .. Enumerable.Repeat((byte)'x', 90), (byte)'\n'];

        Assert.Single(Read(new(200), [line, "\n"u8.ToArray()]));
        Assert.Throws<WireException>(() => Read(new(200), [line, line, line, "\n"u8.ToArray()]));
        Assert.Throws<WireException>(() => Read(new(200), [.. Enumerable.Repeat("endless"u8.ToArray(), 40)]));
        Assert.Equal(100, Read(new(200), Enumerable.Repeat<byte[]>([.. line, (byte)'\n'], 100)).Count);
    }

    [Fact]
    public void A_megabyte_in_one_event_is_whole()
    {
        string data = new('é', 500_000);

        Assert.Equal(data, Assert.Single(Read(new(), Encoding.UTF8.GetBytes($"data: {data}\n\n").Chunk(1_447))).Data);
    }
}
