using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>Section <c>Gateway:Ledger</c>: how calls get from memory to Postgres, and what waits when it is away.</summary>
public sealed class LedgerOptions
{
    public const string Section = "Gateway:Ledger";

    /// <summary>Where this machine's processes keep their journals; unset means a folder of the product's state, else of the user's data.
    /// Processes on one machine that use one database share it, so that they find what a dead one left behind.</summary>
    public string? JournalFolder { get; init; }

    [Range(1 << 16, 1 << 28)]
    public int SegmentBytes { get; init; } = 8 << 20;

    /// <summary>Of all segments. When this much waits for Postgres, new calls are refused: none may be lost.</summary>
    [Range(1 << 18, 1L << 36)]
    public long MaxBytes { get; init; } = 512L << 20;

    /// <summary>How long a settled call waits for others, so that they are written together.</summary>
    [Range(1, 1_000)]
    public int GatherMilliseconds { get; init; } = 25;

    /// <summary>Rows in one statement.</summary>
    [Range(1, 10_000)]
    public int BatchRows { get; init; } = 1_000;
}
