using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pgvector.Npgsql;

/// <summary>uint16 dimensions, uint16 zero, then one float32 each.</summary>
public class VectorConverter : BlockConverter<Vector>
{
    protected override int Measure(Vector value) => 4 + (value.Memory.Length * sizeof(float));

    protected override void Encode(Vector value, Span<byte> block)
    {
        BinaryPrimitives.WriteUInt32BigEndian(block, (uint)Convert.ToUInt16(value.Memory.Length) << 16);
        BinaryPrimitives.ReverseEndianness(
            MemoryMarshal.Cast<float, int>(value.Memory.Span), MemoryMarshal.Cast<byte, int>(block[4..]));
    }

    protected override Vector Decode(ReadOnlySpan<byte> block)
    {
        float[] values = new float[BinaryPrimitives.ReadUInt16BigEndian(block)];
        BinaryPrimitives.ReverseEndianness(
            MemoryMarshal.Cast<byte, int>(block[4..]), MemoryMarshal.Cast<float, int>(values.AsSpan()));
        return new Vector(values);
    }
}
