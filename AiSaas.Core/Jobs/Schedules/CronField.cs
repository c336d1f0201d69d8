using System.Globalization;

namespace AiSaas.Core.Jobs.Schedules;

/// <summary>One field of a cron expression, as a set of numbers below 64.</summary>
/// <param name="Bits">Bit <c>n</c> is set where <c>n</c> is in the field.</param>
/// <param name="IsAny">Written as <c>*</c> or <c>?</c>: the field says nothing.</param>
/// <param name="IsPattern">Written with <c>*</c>, a range or a step: times that come by the clock, rather than appointments.</param>
internal readonly record struct CronField(ulong Bits, bool IsAny, bool IsPattern)
{
    public bool Has(int value) => (Bits & (1UL << value)) != 0;

    /// <param name="text">Such as <c>*</c>, <c>5</c>, <c>1-5</c>, <c>*/15</c>, <c>9-17/2</c>, <c>mon,wed</c>; a range may wrap (<c>fri-mon</c>).</param>
    /// <param name="name">For the refusal.</param>
    /// <param name="least">The smallest number allowed.</param>
    /// <param name="most">The greatest.</param>
    /// <param name="names">Words for numbers from <paramref name="least"/> on; empty where there are none.</param>
    /// <exception cref="FormatException">In words for who wrote it.</exception>
    public static CronField Parse(string text, string name, int least, int most, IReadOnlyList<string> names)
    {
        ulong bits = 0;
        bool pattern = false;
        foreach (string part in text.Split(','))
        {
            string[] stepped = part.Split('/');
            string range = stepped[0];
            bool any = range is "*" or "?";
            int step = stepped switch
            {
                [_] => 1,
                [_, var every] when int.TryParse(every, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= most => number,
                _ => throw Refuse(text, name, $"after '/' stands a step from 1 to {most}"),
            };
            string[] ends = any ? [] : range.Split('-');
            var (from, to) = ends switch
            {
                [] => (least, most),
                // "5/15" is from 5 on, every 15.
                [var one] => (Number(one), stepped.Length == 2 ? most : Number(one)),
                [var first, var last] => (Number(first), Number(last)),
                _ => throw Refuse(text, name, "a range has two ends"),
            };
            pattern |= any || ends.Length == 2 || stepped.Length == 2;
            int length = to >= from ? to - from : most - from + 1 + (to - least);
            for (int offset = 0; offset <= length; offset += step)
            {
                int value = from + offset;
                bits |= 1UL << (value <= most ? value : value - most - 1 + least);
            }
        }

        return new(bits, text is "*" or "?", pattern);

        int Number(string word)
        {
            if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
            {
                return number;
            }

            for (int index = 0; index < names.Count; index++)
            {
                if (names[index].Equals(word, StringComparison.OrdinalIgnoreCase))
                {
                    return least + index;
                }
            }

            throw Refuse(text, name, $"it takes {least} to {most}{(names.Count > 0 ? $" or {names[0]} to {names[^1]}" : "")}");
        }
    }

    private static FormatException Refuse(string text, string name, string rule) => new($"'{text}' is no {name}: {rule}.");
}
