using System.Globalization;

namespace AiSaas.Bench.Gateway;

/// <summary>What processes used, by <c>/proc</c>.</summary>
internal static class ProcessTimes
{
    // USER_HZ is 100 on every Linux that .NET runs on.
    private const double MicrosecondsPerTick = 10_000;

    // Fields of /proc/PID/stat behind the name: parent, own user and system time, those of children that have ended.
    private const int Parent = 1, User = 11, System = 12, ChildUser = 13, ChildSystem = 14;

    /// <summary>Of one process.</summary>
    public static double CpuMicroseconds(int process) => Stat(process) is { } stat ? MicrosecondsPerTick * (stat[User] + stat[System]) : 0;

    /// <summary>Of a process and all that it started, ended ones too.</summary>
    public static double TreeMicroseconds(int root)
    {
        Dictionary<int, long[]> all = [];
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) && Stat(id) is { } stat)
            {
                all[id] = stat;
            }
        }

        return all.Where(entry => IsBelow(entry.Key)).Sum(entry =>
            MicrosecondsPerTick * (entry.Value[User] + entry.Value[System] + entry.Value[ChildUser] + entry.Value[ChildSystem]));

        bool IsBelow(int id) => id == root || (all.TryGetValue(id, out long[]? stat) && stat[Parent] > 1 && IsBelow((int)stat[Parent]));
    }

    public static double ResidentMiB(int process)
    {
        string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    private static long[]? Stat(int process)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{process}/stat");
            return [.. text[(text.LastIndexOf(')') + 2)..].Split(' ').Select(field => long.TryParse(field, CultureInfo.InvariantCulture, out long value) ? value : 0)];
        }
        catch (IOException)
        {
            return null; // It has ended meanwhile.
        }
    }
}
