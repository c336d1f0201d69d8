using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AiSaas.Llm.Wire;

namespace AiSaas.Core.Batches;

/// <summary>A batch while it is read: every item checked, none in memory for longer than that.</summary>
internal sealed class BatchDraft : IAsyncDisposable
{
    private readonly BatchOptions _options;
    private readonly HashSet<Int128> _ids = [];
    private readonly Dictionary<(string Model, bool IsEmbedding), BatchFault> _models = [];
    private BatchFault? _nameless;

    public BatchDraft(BatchOptions options, SpoolRoom room) => (_options, Spool) = (options, new(room));

    public BatchSpool Spool { get; }

    public int Count { get; private set; }

    public BatchSubmission Submission { get; } = new();

    /// <summary>Where all requests go, if that is settled beforehand (<c>/v1/batches</c>).</summary>
    public string? Endpoint { get; init; }

    /// <summary>The models that it names, each with where that was first.</summary>
    public IEnumerable<(string Model, bool IsEmbedding, BatchFault Place)> Models => _models.Select(one => (one.Key.Model, one.Key.IsEmbedding, one.Value));

    /// <param name="json">The whole item.</param>
    /// <param name="line">Where it stands in a file, from 1; null in an array.</param>
    /// <exception cref="BatchFaultException">It can't be taken.</exception>
    public void Add(ReadOnlyMemory<byte> json, int? line)
    {
        BatchFault place = new("batch:bad-item", "", line, line is null ? Count : null);
        if (json.Length > _options.MaxItemBytes)
        {
            throw TooLarge(line);
        }

        if (Count >= _options.MaxItems)
        {
            throw new BatchFaultException(new("batch:too-many", $"A batch has at most {_options.MaxItems} items."));
        }

        try
        {
            var item = BatchItemReader.Read(json);
            if (Endpoint is not null && (!BatchUrls.TryParse(Endpoint, out var api) || item.Api != api))
            {
                throw new WireException($"The batch goes to {Endpoint}, and so must each of its lines.", "url");
            }

            string id = item.CustomId ?? Count.ToString(CultureInfo.InvariantCulture);
            if (!_ids.Add(Digest(id)))
            {
                throw new WireException($"The custom_id '{(id.Length > 100 ? id[..100] + "…" : id)}' is there twice.", "custom_id");
            }

            if (item.Model is { } model)
            {
                _models.TryAdd((model, item.Api == WireApi.Embeddings), place);
            }
            else if (item.Api != WireApi.ChatCompletions || Endpoint is not null)
            {
                _nameless ??= place;
            }

            Spool.Add(id, item);
            Count++;
        }
        catch (WireException fault)
        {
            throw new BatchFaultException(At(place, fault.Message, fault.Parameter));
        }
    }

    /// <summary>The end of the input.</summary>
    /// <exception cref="BatchFaultException">It is no batch.</exception>
    public void End()
    {
        if (Submission.InputFile is not null && Count > 0)
        {
            throw BatchFaultException.Invalid("A batch has items or an inputFileId, not both.", "inputFileId");
        }

        if (Count == 0 && Submission.InputFile is null)
        {
            throw new BatchFaultException(new("batch:empty", "The batch has no items."));
        }

        if (_nameless is { } place && Submission.Model is null)
        {
            throw new BatchFaultException(At(place, "It names no model, and neither does the batch.", "model"));
        }
    }

    public BatchFaultException TooLarge(int? line) => new(At(
        new("batch:bad-item", "", line, line is null ? Count : null), $"It is larger than {_options.MaxItemBytes >> 20} MB.", null));

    public static BatchFault At(BatchFault place, string message, string? parameter) => place with
    {
        Message = place.Line is { } line ? $"Line {line}: {message}" : $"Item {place.Item}: {message}",
        Parameter = parameter,
    };

    public ValueTask DisposeAsync() => Spool.DisposeAsync();

    // A hundred thousand ids by themselves would be large; their digests are not.
    private static Int128 Digest(string id)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadInt128LittleEndian(hash);
    }
}
