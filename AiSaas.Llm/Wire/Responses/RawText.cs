using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>A JSON string that grows, kept as it came over the wire: escapes are neither read nor made again, and a character whose
/// halves came apart is whole again once they stand side by side.</summary>
internal sealed class RawText
{
    // Far above any model's longest answer; a target that never stops must not fill the memory.
    private const int Longest = 64 * 1024 * 1024;

    private const int EscapeLength = 6;

    // Begins with the opening quote.
    private byte[] _bytes = new byte[256];
    private int _length;
    private int _shown;

    public RawText()
    {
        _bytes[_length++] = (byte)'"';
        _shown = _length;
    }

    public bool IsEmpty => _length == 1;

    private ReadOnlySpan<byte> Escape => _bytes.AsSpan(_length - EscapeLength, EscapeLength);

    /// <param name="raw">What stands between the quotes.</param>
    /// <returns>What may be shown now: clients choke on half a character, so a first half waits for the second. Good until the next call.</returns>
    public ReadOnlySpan<byte> Append(ReadOnlySpan<byte> raw)
    {
        Add(raw);
        return Show(_length - (EndsInHalf() ? EscapeLength : 0));
    }

    /// <summary>Nothing more comes: a half that still waits is replaced.</summary>
    /// <returns>What is left to show.</returns>
    public ReadOnlySpan<byte> Close()
    {
        Seal();
        return Show(_length);
    }

    /// <summary>As a member, whole: written when nothing more comes.</summary>
    public void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name)
    {
        Seal();
        writer.WritePropertyName(name);
        _bytes[_length] = (byte)'"';
        writer.WriteRawValue(_bytes.AsSpan(0, _length + 1), skipInputValidation: true);
    }

    private void Seal()
    {
        if (EndsInHalf())
        {
            "\\ufffd"u8.CopyTo(_bytes.AsSpan(_length - EscapeLength));
        }
    }

    private ReadOnlySpan<byte> Show(int end)
    {
        var shown = _bytes.AsSpan(_shown..end);
        _shown = end;
        return shown;
    }

    // \ud800 to \udbff, whose backslash is not itself escaped.
    private bool EndsInHalf()
    {
        if (_length <= EscapeLength || Escape is not [(byte)'\\', (byte)'u', (byte)'d' or (byte)'D', var kind, ..]
            || kind is not ((byte)'8' or (byte)'9' or (byte)'a' or (byte)'A' or (byte)'b' or (byte)'B'))
        {
            return false;
        }

        int slashes = 0;
        for (int at = _length - EscapeLength; _bytes[at] == (byte)'\\'; at--)
        {
            slashes++;
        }

        return slashes % 2 == 1;
    }

    private void Add(ReadOnlySpan<byte> raw)
    {
        if (_length + raw.Length > Longest)
        {
            throw new WireException("The answer is longer than 64 MB.");
        }

        // Room for the closing quote too.
        if (_length + raw.Length + 1 > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + raw.Length + 1));
        }

        raw.CopyTo(_bytes.AsSpan(_length));
        _length += raw.Length;
    }
}
