using AiSaas.Core.Documents;
using AiSaas.Core.Tenancy;

namespace AiSaas.Bench.Retrieval;

/// <summary>A tenant of the scale run: where its passages lie, by number alone.</summary>
/// <param name="First">The number of its first passage.</param>
internal sealed record ScaleTenant(TenantId Id, long First, int Passages, CollectionId[] Collections)
{
    public const int PerDocument = 50;

    // Of a thousand documents in a row. What a filter on one of these collections leaves of the tenant, and the rest.
    private static readonly int[] Shares = [1, 10, 50, 200];

    /// <summary>The collections' shares of the tenant; the last one is what the others leave.</summary>
    public static IReadOnlyList<double> Selectivities { get; } = [.. Shares.Select(share => share / 1000.0), (1000 - Shares.Sum()) / 1000.0];

    public static ScaleTenant Of(int number, long first, int passages) =>
        new(TenantId.From(Made(1, number)), first, passages, [.. Selectivities.Select((_, i) => CollectionId.From(Made(2, (number * 10) + i)))]);

    public Guid Chunk(int i) => Made(4, First + i);

    public Guid Document(int i) => Made(3, First + i);

    // Always the same, so that a second run over the same rows knows them.
    private static Guid Made(ushort kind, long number) => new((int)(number >> 16), (short)number, (short)(0x7000 | kind), 0x80, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>Which collection a document is in. Documents of a collection are strewn over the tenant, as uploads over time are.</summary>
    public static int CollectionOf(int document)
    {
        int place = (int)(document * 617L % 1000);
        int sum = 0;
        for (int i = 0; i < Shares.Length; i++)
        {
            sum += Shares[i];
            if (place < sum)
            {
                return i;
            }
        }

        return Shares.Length;
    }
}
