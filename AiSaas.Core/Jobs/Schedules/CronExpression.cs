using System.Collections.Frozen;

namespace AiSaas.Core.Jobs.Schedules;

/// <summary>When something comes again: five fields (minute, hour, day of month, month, day of week), or <c>@daily</c> and the like.</summary>
/// <remarks>As cron has it: where both days are given, either suffices. <c>L</c> is the month's last day; 0 and 7 are Sunday.
/// <para>When clocks change, appointments (fixed minutes and hours, <c>30 2 * * *</c>) happen once a day all the same: one that falls into
/// the hour that is skipped happens when that hour is over, one in the hour that comes twice happens the first time. Patterns
/// (<c>*/15 * * * *</c>, <c>0 9-17 * * *</c>) follow the clock on the wall: not in the hour that is skipped, both times in the one that comes twice.</para></remarks>
internal sealed class CronExpression
{
    // Feb 29 can be eight years away (1896 to 1904, 2096 to 2104).
    private const int FarthestDays = 8 * 366;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private static readonly FrozenDictionary<string, string> Words = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["@hourly"] = "0 * * * *",
        ["@daily"] = "0 0 * * *",
        ["@midnight"] = "0 0 * * *",
        ["@weekly"] = "0 0 * * 0",
        ["@monthly"] = "0 0 1 * *",
        ["@yearly"] = "0 0 1 1 *",
        ["@annually"] = "0 0 1 1 *",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly CronField _minutes;
    private readonly CronField _hours;
    private readonly CronField _days;
    private readonly CronField _months;
    private readonly CronField _weekdays;
    private readonly bool _lastDay;

    private CronExpression(CronField minutes, CronField hours, CronField days, bool lastDay, CronField months, CronField weekdays)
    {
        (_minutes, _hours, _days, _lastDay, _months, _weekdays) = (minutes, hours, days, lastDay, months, weekdays);
    }

    private bool IsAppointment => !_minutes.IsPattern && !_hours.IsPattern;

    /// <exception cref="FormatException">In words for who wrote it.</exception>
    public static CronExpression Parse(string text)
    {
        text = Words.GetValueOrDefault(text.Trim(), text.Trim());
        if (text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is not [var minute, var hour, var day, var month, var weekday])
        {
            throw new FormatException(
                "A cron expression has five fields: minute, hour, day of month, month, day of week. For example '0 9 * * mon' is every Monday at nine.");
        }

        // 7 is Sunday too, so that "5-7" reads.
        var weekdays = CronField.Parse(weekday, "day of week", 0, 7, Weekdays);
        bool lastDay = day.Equals("L", StringComparison.OrdinalIgnoreCase);
        CronExpression read = new(
            CronField.Parse(minute, "minute", 0, 59, []),
            CronField.Parse(hour, "hour", 0, 23, []),
            lastDay ? default : CronField.Parse(day, "day of month", 1, 31, []),
            lastDay,
            CronField.Parse(month, "month", 1, 12, Months),
            weekdays with { Bits = (weekdays.Bits | (weekdays.Has(7) ? 1UL : 0)) & 0x7F });
        return read.Next(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc) is null
            ? throw new FormatException($"'{text}' never happens: no such month has that day.")
            : read;
    }

    /// <summary>The first time after <paramref name="after"/>, in UTC; null where there is none within eight years.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        // Where clocks change at midnight, an hour of a day may come after the next day's first one: look a day around.
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(after, zone).DateTime);
        DateTimeOffset? found = null;
        for (int offset = -1; offset <= FarthestDays; offset++)
        {
            var date = today.AddDays(offset);
            bool last = found is not null;
            if (Matches(date) && FirstAfter(after, date, zone) is { } next && (found is null || next < found))
            {
                found = next;
            }

            if (last)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>The next <paramref name="amount"/> times.</summary>
    public IReadOnlyList<DateTimeOffset> Next(DateTimeOffset after, TimeZoneInfo zone, int amount)
    {
        List<DateTimeOffset> times = [];
        while (times.Count < amount && Next(times is [.., var last] ? last : after, zone) is { } next)
        {
            times.Add(next);
        }

        return times;
    }

    private bool Matches(DateOnly date)
    {
        bool day = _lastDay ? date.AddDays(1).Day == 1 : _days.Has(date.Day);
        bool weekday = _weekdays.Has((int)date.DayOfWeek);
        bool anyDay = !_lastDay && _days.IsAny;
        return _months.Has(date.Month) && (anyDay || _weekdays.IsAny ? day && weekday : day || weekday);
    }

    private DateTimeOffset? FirstAfter(DateTimeOffset after, DateOnly date, TimeZoneInfo zone)
    {
        // Most days have one offset all around: their times come in order, and need no looking up one by one.
        var offset = zone.GetUtcOffset(date.AddDays(-1).ToDateTime(default));
        if (offset != zone.GetUtcOffset(date.AddDays(2).ToDateTime(default)) || offset != zone.GetUtcOffset(date.ToDateTime(new TimeOnly(12, 0))))
        {
            return Walls(date, 0).SelectMany(wall => Instants(wall, zone)).Where(time => time > after).Order().Select(time => (DateTimeOffset?)time).FirstOrDefault();
        }

        var passed = after - new DateTimeOffset(date.ToDateTime(default), offset);
        if (passed >= TimeSpan.FromDays(1))
        {
            return null;
        }

        foreach (var wall in Walls(date, Math.Max(0, (int)passed.TotalHours)))
        {
            DateTimeOffset time = new(wall, offset);
            if (time > after)
            {
                return time.ToUniversalTime();
            }
        }

        return null;
    }

    // The day's times as the wall shows them.
    private IEnumerable<DateTime> Walls(DateOnly date, int fromHour)
    {
        for (int hour = fromHour; hour < 24; hour++)
        {
            for (int minute = 0; _hours.Has(hour) && minute < 60; minute++)
            {
                if (_minutes.Has(minute))
                {
                    yield return date.ToDateTime(new TimeOnly(hour, minute));
                }
            }
        }
    }

    // When the wall shows this: once, never (the hour is skipped) or twice.
    private IReadOnlyList<DateTimeOffset> Instants(DateTime wall, TimeZoneInfo zone)
    {
        if (zone.IsInvalidTime(wall))
        {
            if (!IsAppointment)
            {
                return [];
            }

            do
            {
                wall = wall.AddMinutes(1);
            }
            while (zone.IsInvalidTime(wall));
            return [new DateTimeOffset(wall, zone.GetUtcOffset(wall)).ToUniversalTime()];
        }

        if (zone.IsAmbiguousTime(wall))
        {
            // The greater offset comes first.
            var offsets = zone.GetAmbiguousTimeOffsets(wall).OrderDescending();
            return [.. offsets.Take(IsAppointment ? 1 : 2).Select(offset => new DateTimeOffset(wall, offset).ToUniversalTime())];
        }

        return [new DateTimeOffset(wall, zone.GetUtcOffset(wall)).ToUniversalTime()];
    }
}
