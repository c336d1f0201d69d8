using System.Collections.Concurrent;

namespace AiSaas.Llm.Local.UseLite;

/// <summary>Working memory of one forward pass, about 1.9 MB, used by one thread at a time.</summary>
internal sealed class Scratch
{
    /// <summary>The rows between layers.</summary>
    public AlignedBuffer Rows { get; } = new(UseLiteModel.MaxTokens * UseLiteModel.Dimensions);

    /// <summary>Normalized rows, then what attention makes of them.</summary>
    public AlignedBuffer Normal { get; } = new(UseLiteModel.MaxTokens * UseLiteModel.Dimensions);

    /// <summary>Queries, keys and values side by side; later the feed-forward step's inner layer.</summary>
    public AlignedBuffer Wide { get; } = new(UseLiteModel.MaxTokens * UseLiteModel.InnerWidth);

    public AlignedBuffer Output { get; } = new(UseLiteModel.MaxTokens * UseLiteModel.Dimensions);

    /// <summary>One head's keys, values (packed) and scores.</summary>
    public AlignedBuffer Keys { get; } = new(UseLiteModel.MaxTokens * UseLiteModel.MaxTokens);

    public AlignedBuffer Values { get; } = new(UseLiteModel.MaxTokens * UseLiteModel.MaxTokens);

    public AlignedBuffer Scores { get; } = new(UseLiteModel.MaxTokens * UseLiteModel.MaxTokens);
}

/// <summary>Keeps a few scratch memories for reuse; what exceeds the bound goes to the garbage collector.</summary>
internal sealed class ScratchPool(int kept)
{
    private readonly ConcurrentQueue<Scratch> _free = new();

    public Scratch Rent() => _free.TryDequeue(out var scratch) ? scratch : new Scratch();

    public void Return(Scratch scratch)
    {
        if (_free.Count < kept)
        {
            _free.Enqueue(scratch);
        }
    }
}
