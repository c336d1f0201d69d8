namespace AiSaas.Llm.Local.UseLite;

/// <summary>Pinned floats that begin at a cache line, so that no 64-byte vector straddles two.</summary>
internal sealed unsafe class AlignedBuffer
{
    private const int CacheLine = 64;

    private readonly float[] _pinned;

    public AlignedBuffer(int length)
    {
        _pinned = GC.AllocateArray<float>(length + CacheLine / sizeof(float), pinned: true);
        Length = length;
        fixed (float* first = _pinned)
        {
            // The array lives on the pinned heap, so the address outlives this block.
            Pointer = (float*)(((nuint)first + CacheLine - 1) / CacheLine * CacheLine);
        }
    }

    /// <summary>Valid while this object is reachable.</summary>
    public float* Pointer { get; }

    public int Length { get; }

    public Span<float> Span => new(Pointer, Length);
}
