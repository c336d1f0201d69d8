namespace AiSaas.Bench.Crash;

/// <summary>What was compared, and what differed.</summary>
internal sealed class AuditSheet
{
    private const int Shown = 5;

    private readonly List<AuditLine> _lines = [];

    public IReadOnlyList<AuditLine> Lines => _lines;

    public int Differences => _lines.Sum(line => line.Wrong.Count);

    public void Add(string what, long compared, IEnumerable<string> wrong) => _lines.Add(new(what, compared, [.. wrong]));

    public IEnumerable<string> Words() =>
        _lines.SelectMany(line => line.Wrong.Take(Shown).Select(one => $"{line.What}: {one}")
            .Concat(line.Wrong.Count > Shown ? [$"{line.What}: and {line.Wrong.Count - Shown} more"] : []));
}

internal sealed record AuditLine(string What, long Compared, IReadOnlyList<string> Wrong);
