using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;

namespace AiSaas.Llm.Keys;

/// <summary>Reads what providers say about their limits with each answer.</summary>
/// <remarks>
/// OpenAI and its likes: <c>x-ratelimit-{limit|remaining|reset}-{requests|tokens}</c>, resets as <c>6m0s</c>, <c>1.2s</c>, <c>17ms</c>.
/// Anthropic: <c>anthropic-ratelimit-{requests|tokens}-{limit|remaining|reset}</c>, resets as RFC 3339.
/// Headers are walked once, by name's beginning: an answer without any costs little more than the walk.
/// </remarks>
internal static class RateLimitHeaders
{
    private const string OpenAI = "x-ratelimit-";
    private const string Anthropic = "anthropic-ratelimit-";
    private static readonly SearchValues<char> Number = SearchValues.Create("0123456789.");

    public static void Read(HttpResponseHeaders headers, Allowance requests, Allowance tokens, TimeProvider clock)
    {
        Figures ofRequests = default;
        Figures ofTokens = default;
        foreach (var (name, values) in headers.NonValidated)
        {
            if (name.Length < OpenAI.Length)
            {
                continue;
            }

            if (name.StartsWith(OpenAI, StringComparison.OrdinalIgnoreCase))
            {
                Note(name.AsSpan(OpenAI.Length), values.ToString());
            }
            else if (name.StartsWith(Anthropic, StringComparison.OrdinalIgnoreCase))
            {
                Note(name.AsSpan(Anthropic.Length), values.ToString());
            }
        }

        ofRequests.TellTo(requests);
        ofTokens.TellTo(tokens);

        // Either order of the two words: "remaining-requests" or "requests-remaining".
        void Note(ReadOnlySpan<char> name, string value)
        {
            int dash = name.IndexOf('-');
            if (dash < 0)
            {
                return;
            }

            var first = name[..dash];
            var second = name[(dash + 1)..];
            if (Is(second, "requests"))
            {
                Set(ref ofRequests, first, value, clock);
            }
            else if (Is(second, "tokens"))
            {
                Set(ref ofTokens, first, value, clock);
            }
            else if (Is(first, "requests"))
            {
                Set(ref ofRequests, second, value, clock);
            }
            else if (Is(first, "tokens"))
            {
                Set(ref ofTokens, second, value, clock);
            }
        }
    }

    /// <summary><c>1h2m3.5s</c>, <c>120ms</c>, plain seconds, or a time of the calendar.</summary>
    public static TimeSpan? Reset(ReadOnlySpan<char> text, TimeProvider clock)
    {
        text = text.Trim();
        if (text.Length is 0 or > 64)
        {
            return null;
        }

        if (text.Contains('T') || text.Contains(':'))
        {
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? NotNegative(time - clock.GetUtcNow()) : null;
        }

        double seconds = 0;
        while (text.Length > 0)
        {
            int digits = text.IndexOfAnyExcept(Number);
            digits = digits < 0 ? text.Length : digits;
            if (!double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return null;
            }

            text = text[digits..];
            int letters = text.IndexOfAny(Number);
            letters = letters < 0 ? text.Length : letters;
            double? unit = text[..letters] switch
            {
                "" or "s" => 1,
                "ms" => 0.001,
                "m" => 60,
                "h" => 3_600,
                "d" => 86_400,
                _ => null,
            };
            if (unit is null)
            {
                return null;
            }

            seconds += number * unit.Value;
            text = text[letters..];
        }

        return TimeSpan.FromSeconds(Math.Min(seconds, 86_400));
    }

    private static void Set(ref Figures figures, ReadOnlySpan<char> what, string value, TimeProvider clock)
    {
        if (Is(what, "remaining"))
        {
            figures.Left = Count(value);
        }
        else if (Is(what, "limit"))
        {
            figures.Limit = Count(value);
        }
        else if (Is(what, "reset"))
        {
            figures.FullIn = Reset(value, clock);
        }
    }

    private static long? Count(string value) =>
        long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out long count) && count >= 0 ? count : null;

    private static bool Is(ReadOnlySpan<char> text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static TimeSpan NotNegative(TimeSpan span) => span < TimeSpan.Zero ? TimeSpan.Zero : span;

    private struct Figures
    {
        public long? Left;
        public long? Limit;
        public TimeSpan? FullIn;

        public readonly void TellTo(Allowance allowance)
        {
            if (Left is { } left)
            {
                allowance.Told(left, Limit, FullIn);
            }
        }
    }
}
