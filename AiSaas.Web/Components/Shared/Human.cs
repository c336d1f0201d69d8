using System.Globalization;

namespace AiSaas.Web.Components.Shared;

/// <summary>Numbers as people say them. Scripts/shared/human.ts says them alike.</summary>
public static class Human
{
    private static readonly string[] Units = ["bytes", "KB", "MB", "GB", "TB"];

    public static string Bytes(long bytes)
    {
        double size = bytes;
        int unit = 0;
        while (size >= 1000 && unit < Units.Length - 1)
        {
            size /= 1000;
            unit++;
        }

        string number = size.ToString(unit == 0 || size >= 100 ? "0" : "0.#", CultureInfo.InvariantCulture);
        return bytes == 1 ? "1 byte" : $"{number} {Units[unit]}";
    }

    /// <summary>Limits are set in powers of two and read as round numbers: 104,857,600 is 100 MB.</summary>
    public static string Limit(long bytes) => bytes switch
    {
        > 0 when bytes % (1L << 30) == 0 => $"{bytes >> 30} GB",
        > 0 when bytes % (1L << 20) == 0 => $"{bytes >> 20} MB",
        _ => Bytes(bytes),
    };

    public static string Count(long count, string one, string? many = null) =>
        $"{count.ToString("N0", CultureInfo.InvariantCulture)} {(count == 1 ? one : many ?? one + "s")}";

    public static string Ago(DateTimeOffset then, DateTimeOffset now)
    {
        var passed = now - then;
        return passed switch
        {
            { TotalSeconds: < 45 } => "just now",
            { TotalMinutes: < 60 } => Count(Math.Max(1, (long)Math.Round(passed.TotalMinutes)), "minute") + " ago",
            { TotalHours: < 24 } => Count((long)Math.Round(passed.TotalHours), "hour") + " ago",
            { TotalDays: < 2 } => "yesterday",
            { TotalDays: < 7 } => Count((long)passed.TotalDays, "day") + " ago",
            _ => then.ToString(then.Year == now.Year ? "d MMM" : "d MMM yyyy", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The other way: how long until then.</summary>
    public static string Ahead(DateTimeOffset then, DateTimeOffset now)
    {
        var left = then - now;
        return left switch
        {
            { TotalSeconds: < 1 } => "now",
            { TotalSeconds: < 60 } => $"in {(int)left.TotalSeconds} s",
            { TotalMinutes: < 60 } => "in " + Count((long)Math.Round(left.TotalMinutes), "minute"),
            { TotalHours: < 24 } => "in " + Count((long)Math.Round(left.TotalHours), "hour"),
            { TotalDays: < 7 } => "in " + Count((long)Math.Round(left.TotalDays), "day"),
            _ => "on " + then.ToString(then.Year == now.Year ? "d MMM" : "d MMM yyyy", CultureInfo.InvariantCulture),
        };
    }

    public static string Exact(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture) + " UTC";

    public static string Duration(int seconds) => seconds switch
    {
        < 5 => "a few seconds",
        < 60 => $"{seconds} s",
        < 3600 => $"{(seconds + 30) / 60} min",
        _ => $"{seconds / 3600} h {seconds % 3600 / 60} min",
    };
}
