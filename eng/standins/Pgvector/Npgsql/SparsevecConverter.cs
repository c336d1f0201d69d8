using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pgvector.Npgsql;

/// <summary>int32 dimensions, int32 count, int32 zero, then the indices (from 0), then the values as float32.</summary>
public class SparsevecConverter : BlockConverter<SparseVector>
{
    private const int Header = 3 * sizeof(int);

    protected override int Measure(SparseVector value) => Header + (value.Indices.Length * 2 * sizeof(int));

    protected override void Encode(SparseVector value, Span<byte> block)
    {
        int count = value.Indices.Length;
        BinaryPrimitives.WriteInt32BigEndian(block, value.Dimensions);
        BinaryPrimitives.WriteInt32BigEndian(block[4..], count);
        BinaryPrimitives.WriteInt32BigEndian(block[8..], 0);
        var numbers = MemoryMarshal.Cast<byte, int>(block[Header..]);
        BinaryPrimitives.ReverseEndianness(value.Indices.Span, numbers[..count]);
        BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, int>(value.Values.Span), numbers[count..]);
    }

    protected override SparseVector Decode(ReadOnlySpan<byte> block)
    {
        int count = BinaryPrimitives.ReadInt32BigEndian(block[4..]);
        int[] indices = new int[count];
        float[] values = new float[count];
        var numbers = MemoryMarshal.Cast<byte, int>(block[Header..]);
        BinaryPrimitives.ReverseEndianness(numbers[..count], indices);
        BinaryPrimitives.ReverseEndianness(numbers[count..], MemoryMarshal.Cast<float, int>(values.AsSpan()));
        return new SparseVector(BinaryPrimitives.ReadInt32BigEndian(block), indices, values);
    }
}
