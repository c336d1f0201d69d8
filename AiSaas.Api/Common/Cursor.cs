using System.Globalization;
using AiSaas.Contracts.Common;

namespace AiSaas.Api.Common;

/// <summary>Cursors of lists: opaque to clients, an offset here. Lists are bounded, so an offset never grows dear.</summary>
internal static class Cursor
{
    private const int Deepest = 1_000_000;

    public static bool TryRead(string? cursor, out int offset)
    {
        offset = 0;
        return string.IsNullOrEmpty(cursor)
            || (int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out offset) && offset <= Deepest);
    }

    /// <param name="found">One row more than the page shows, if there is one.</param>
    public static Page<T> Page<T>(IReadOnlyList<T> found, int offset, int size) =>
        found.Count > size
            ? new([.. found.Take(size)], (offset + size).ToString(CultureInfo.InvariantCulture))
            : new(found);
}
