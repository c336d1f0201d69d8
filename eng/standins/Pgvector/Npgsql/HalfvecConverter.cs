using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pgvector.Npgsql;

/// <summary>uint16 dimensions, uint16 zero, then one float16 each.</summary>
public class HalfvecConverter : BlockConverter<HalfVector>
{
    protected override int Measure(HalfVector value) => 4 + (value.Memory.Length * sizeof(ushort));

    protected override void Encode(HalfVector value, Span<byte> block)
    {
        BinaryPrimitives.WriteUInt32BigEndian(block, (uint)Convert.ToUInt16(value.Memory.Length) << 16);
        BinaryPrimitives.ReverseEndianness(
            MemoryMarshal.Cast<Half, short>(value.Memory.Span), MemoryMarshal.Cast<byte, short>(block[4..]));
    }

    protected override HalfVector Decode(ReadOnlySpan<byte> block)
    {
        var values = new Half[BinaryPrimitives.ReadUInt16BigEndian(block)];
        BinaryPrimitives.ReverseEndianness(
            MemoryMarshal.Cast<byte, short>(block[4..]), MemoryMarshal.Cast<Half, short>(values.AsSpan()));
        return new HalfVector(values);
    }
}
