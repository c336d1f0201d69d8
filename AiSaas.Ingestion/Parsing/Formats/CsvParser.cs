using System.Globalization;
using System.Runtime.CompilerServices;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Flow;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Tables as text: a line for each row, with the columns' names where the first row has them, so that a row that is found by itself
/// says what its values are.</summary>
internal sealed class CsvParser(IOptions<ParsingOptions> options) : FlowParser(options)
{
    private const int LongestName = 80;

    public override IReadOnlyList<string> ContentTypes => [DocumentFormats.Csv];

    protected override async IAsyncEnumerable<FlowBlock> ReadAsync(
        ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var encoding = await TextEncoding.DetectAsync(input.Path, input.Charset, cancellation);
        await using var file = File.OpenRead(input.Path);
        using StreamReader reader = new(file, encoding, detectEncodingFromByteOrderMarks: true, bufferSize: 64 << 10);
        CsvRows rows = new(reader);
        if (await rows.NextAsync(cancellation) is not { } first)
        {
            yield break;
        }

        yield return FlowBlock.Row(TableLine.Of(first, []));
        IReadOnlyList<string> names = AreNames(first) ? first : [];
        while (await rows.NextAsync(cancellation) is { } row)
        {
            input.Fraction = (double)file.Position / Math.Max(1, file.Length);
            yield return FlowBlock.Row(TableLine.Of(row, names));
        }
    }

    // The first row of most tables; not of one that begins with its values.
    private static bool AreNames(IReadOnlyList<string> row) =>
        row.Count > 1
        && row.All(cell => cell.Length is > 0 and <= LongestName && !IsValue(cell))
        && row.Distinct(StringComparer.OrdinalIgnoreCase).Count() == row.Count;

    // A year may well name a column.
    private static bool IsValue(string cell) =>
        !(cell.Length == 4 && cell[0] is '1' or '2')
        && (double.TryParse(cell, NumberStyles.Any, CultureInfo.InvariantCulture, out _)
            || DateTime.TryParse(cell, CultureInfo.InvariantCulture, out _) || cell.Contains('@', StringComparison.Ordinal));
}
