using Npgsql.Internal;

namespace Pgvector.Npgsql;

/// <summary>A value that is read and written as one block of bytes, so that numbers turn their byte order by vector instructions.</summary>
/// <remarks>pgvector's send format is big-endian like all of Postgres'.</remarks>
public abstract class BlockConverter<T> : PgStreamingConverter<T>
    where T : class
{
    protected abstract int Measure(T value);

    protected abstract void Encode(T value, Span<byte> block);

    protected abstract T Decode(ReadOnlySpan<byte> block);

    public override T Read(PgReader reader)
    {
        byte[] block = new byte[reader.CurrentRemaining];
        reader.ReadBytes(block);
        return Decode(block);
    }

    public override async ValueTask<T> ReadAsync(PgReader reader, CancellationToken cancellationToken = default)
    {
        byte[] block = new byte[reader.CurrentRemaining];
        await reader.ReadBytesAsync(block, cancellationToken).ConfigureAwait(false);
        return Decode(block);
    }

    public override Size GetSize(SizeContext context, T value, ref object? writeState) => Measure(value);

    public override void Write(PgWriter writer, T value) => writer.WriteBytes(Block(value));

    public override ValueTask WriteAsync(PgWriter writer, T value, CancellationToken cancellationToken = default) =>
        writer.WriteBytesAsync(Block(value), cancellationToken);

    private byte[] Block(T value)
    {
        byte[] block = new byte[Measure(value)];
        Encode(value, block);
        return block;
    }
}
