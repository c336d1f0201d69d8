using System.Globalization;

namespace AiSaas.Api.Common;

/// <summary>Times in queries: RFC 3339, or a day alone. UTC where no offset says otherwise.</summary>
internal static class Times
{
    /// <param name="text">What was sent; null or empty for nothing.</param>
    /// <param name="otherwise">What nothing means.</param>
    /// <param name="time">In UTC.</param>
    public static bool TryRead(string? text, DateTimeOffset otherwise, out DateTimeOffset time)
    {
        if (string.IsNullOrEmpty(text))
        {
            time = otherwise;
            return true;
        }

        // A plus sign that was not escaped arrives as a space.
        bool read = DateTimeOffset.TryParse(
            text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
        return read;
    }
}
