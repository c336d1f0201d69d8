using System.Net;

namespace AiSaas.Llm.Forwarding;

/// <summary>A client's body with a few values replaced: the rest goes out byte for byte, without a copy.</summary>
internal sealed class EditedBody : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly List<(ByteRange Place, ReadOnlyMemory<byte> Text)> _edits = new(3);
    private long _length;

    public EditedBody(ReadOnlyMemory<byte> body)
    {
        (_body, _length) = (body, body.Length);
        Headers.TryAddWithoutValidation("Content-Type", "application/json");
    }

    /// <param name="place">What is replaced; an empty range inserts there.</param>
    /// <param name="text">JSON.</param>
    public void Replace(ByteRange place, ReadOnlyMemory<byte> text)
    {
        int at = _edits.FindIndex(edit => edit.Place.Start > place.Start);
        _edits.Insert(at < 0 ? _edits.Count : at, (place, text));
        _length += text.Length - place.Length;
    }

    public byte[] ToArray()
    {
        byte[] all = new byte[_length];
        int to = 0, from = 0;
        foreach (var (place, text) in _edits)
        {
            _body.Span[from..place.Start].CopyTo(all.AsSpan(to));
            to += place.Start - from;
            text.Span.CopyTo(all.AsSpan(to));
            to += text.Length;
            from = place.End;
        }

        _body.Span[from..].CopyTo(all.AsSpan(to));
        return all;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        int from = 0;
        foreach (var (place, text) in _edits)
        {
            await stream.WriteAsync(_body[from..place.Start], cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(text, cancellationToken).ConfigureAwait(false);
            from = place.End;
        }

        await stream.WriteAsync(_body[from..], cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }
}
