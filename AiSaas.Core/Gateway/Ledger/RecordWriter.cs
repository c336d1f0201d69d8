using System.Buffers.Binary;
using System.Text;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>Writes the fields of a journal's record, little-endian, into a buffer that is large enough for any.</summary>
internal ref struct RecordWriter(Span<byte> buffer)
{
    /// <summary>Longer texts are cut: a label is no place for a novel, and a record has a bound.</summary>
    public const int LongestText = 200;

    public const ushort Null = ushort.MaxValue;

    private readonly Span<byte> _buffer = buffer;

    public int Length { get; private set; }

    public void Byte(byte value) => _buffer[Length++] = value;

    public void Int(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer[Length..], value);
        Length += sizeof(int);
    }

    public void Long(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer[Length..], value);
        Length += sizeof(long);
    }

    public void Id(Guid value)
    {
        value.TryWriteBytes(_buffer[Length..]);
        Length += 16;
    }

    public void Text(string? value)
    {
        if (value is null)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_buffer[Length..], Null);
            Length += sizeof(ushort);
            return;
        }

        int written = Encoding.UTF8.GetBytes(value.AsSpan(0, Math.Min(value.Length, LongestText)), _buffer[(Length + sizeof(ushort))..]);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer[Length..], (ushort)written);
        Length += sizeof(ushort) + written;
    }
}

/// <summary>Reads what <see cref="RecordWriter"/> wrote.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> record)
{
    private ReadOnlySpan<byte> _left = record;

    public readonly bool IsAtEnd => _left.IsEmpty;

    public byte Byte()
    {
        byte value = _left[0];
        _left = _left[1..];
        return value;
    }

    public int Int()
    {
        int value = BinaryPrimitives.ReadInt32LittleEndian(_left);
        _left = _left[sizeof(int)..];
        return value;
    }

    public long Long()
    {
        long value = BinaryPrimitives.ReadInt64LittleEndian(_left);
        _left = _left[sizeof(long)..];
        return value;
    }

    public Guid Id()
    {
        Guid value = new(_left[..16]);
        _left = _left[16..];
        return value;
    }

    public string? Text()
    {
        ushort length = BinaryPrimitives.ReadUInt16LittleEndian(_left);
        _left = _left[sizeof(ushort)..];
        if (length == RecordWriter.Null)
        {
            return null;
        }

        // Postgres knows no NUL in text, and one bad label must not hold up a batch.
        string value = Encoding.UTF8.GetString(_left[..length]).Replace("\0", "", StringComparison.Ordinal);
        _left = _left[length..];
        return value;
    }
}
