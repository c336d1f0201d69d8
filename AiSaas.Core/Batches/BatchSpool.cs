using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using AiSaas.Llm.Wire;

namespace AiSaas.Core.Batches;

/// <summary>Checked items between the network and the database: in memory while they are few, else in a file that is gone with us.
/// So no transaction waits for a slow client, and nothing is written of a batch whose last line is bad.</summary>
/// <remarks>A record: bytes of the id (4), the id, the API (1), whether it names a model (1), bytes of the body (4), the body.</remarks>
internal sealed class BatchSpool(SpoolRoom room) : IAsyncDisposable
{
    private const int InMemory = 1 << 20;

    private readonly ArrayBufferWriter<byte> _pending = new(64 * 1024);
    private FileStream? _file;

    public void Add(string customId, in BatchItem item)
    {
        int bytes = Encoding.UTF8.GetByteCount(customId);
        var span = _pending.GetSpan(10 + bytes + item.Body.Length);
        BinaryPrimitives.WriteInt32LittleEndian(span, bytes);
        Encoding.UTF8.GetBytes(customId, span[4..]);
        span = span[(4 + bytes)..];
        span[0] = (byte)item.Api;
        span[1] = item.Model is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteInt32LittleEndian(span[2..], item.Body.Length);
        item.Body.Span.CopyTo(span[6..]);
        _pending.Advance(10 + bytes + item.Body.Length);
    }

    /// <summary>To be called now and then while adding.</summary>
    /// <exception cref="BatchFaultException">There are too many large batches coming in at once.</exception>
    public async Task SpillAsync(CancellationToken cancellation)
    {
        if (_pending.WrittenCount < InMemory)
        {
            return;
        }

        _file ??= room.Open();
        await _file.WriteAsync(_pending.WrittenMemory, cancellation);
        _pending.ResetWrittenCount();
    }

    /// <summary>All records in order; the memory of one holds until the next. Once.</summary>
    public async IAsyncEnumerable<(string CustomId, BatchItem Item)> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        if (_file is not null)
        {
            _file.Position = 0;
            byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
            try
            {
                while (await _file.ReadAtLeastAsync(buffer.AsMemory(0, 4), 4, throwOnEndOfStream: false, cancellation) == 4)
                {
                    int bytes = BinaryPrimitives.ReadInt32LittleEndian(buffer);
                    await _file.ReadExactlyAsync(buffer.AsMemory(0, bytes + 6), cancellation);
                    string customId = Encoding.UTF8.GetString(buffer, 0, bytes);
                    var (api, hasModel) = ((WireApi)buffer[bytes], buffer[bytes + 1] == 1);
                    byte[] body = new byte[BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(bytes + 2))];
                    await _file.ReadExactlyAsync(body, cancellation);
                    yield return (customId, new(null, api, body, hasModel ? "" : null));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        for (var rest = _pending.WrittenMemory; !rest.IsEmpty;)
        {
            int bytes = BinaryPrimitives.ReadInt32LittleEndian(rest.Span);
            string customId = Encoding.UTF8.GetString(rest.Span.Slice(4, bytes));
            rest = rest[(4 + bytes)..];
            var (api, hasModel) = ((WireApi)rest.Span[0], rest.Span[1] == 1);
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest.Span[2..]);
            yield return (customId, new(null, api, rest.Slice(6, length), hasModel ? "" : null));
            rest = rest[(6 + length)..];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync();
            room.Leave();
        }
    }
}

/// <summary>The replica's disk, for so many spools at once.</summary>
internal sealed class SpoolRoom(Microsoft.Extensions.Options.IOptions<BatchOptions> options)
{
    private int _open;

    public FileStream Open()
    {
        if (Interlocked.Increment(ref _open) > options.Value.MaxUploads)
        {
            Leave();
            throw new BatchFaultException(new("batch:busy", "Many large batches are coming in at the moment. Send this one again in a moment."));
        }

        try
        {
            string path = Path.Combine(Path.GetTempPath(), $"aisaas-batch-{Guid.CreateVersion7():n}");
            FileStreamOptions how = new()
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.Asynchronous | (OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None),
                BufferSize = 128 * 1024,
            };
            if (!OperatingSystem.IsWindows())
            {
                how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            FileStream file = new(path, how);
            if (!OperatingSystem.IsWindows())
            {
                // It lives on without a name, and dies with the process whichever way that goes.
                File.Delete(path);
            }

            return file;
        }
        catch
        {
            Leave();
            throw;
        }
    }

    public void Leave() => Interlocked.Decrement(ref _open);
}
