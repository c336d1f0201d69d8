using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>A JSON string that grows, kept as it came over the wire: escapes are neither read nor made again, and a character whose
/// halves came apart is whole again once they stand side by side.</summary>
internal sealed class RawText
{
    // Far above any model's longest answer; a target that never stops must not fill the memory.
    private const int Longest = 64 * 1024 * 1024;

    // Begins with the opening quote.
    private byte[] _bytes = new byte[256];
    private int _length;

    public RawText() => _bytes[_length++] = (byte)'"';

    public bool IsEmpty => _length == 1;

    /// <param name="raw">What stands between the quotes.</param>
    public void Append(ReadOnlySpan<byte> raw)
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

    public void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name)
    {
        writer.WritePropertyName(name);
        _bytes[_length] = (byte)'"';
        writer.WriteRawValue(_bytes.AsSpan(0, _length + 1), skipInputValidation: true);
    }
}
