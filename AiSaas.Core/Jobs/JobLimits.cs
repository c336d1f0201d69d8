using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace AiSaas.Core.Jobs;

/// <summary>How many jobs may run at once, over all workers. Section <c>Jobs:Limits</c>; absent or 0: as many as there are slots.</summary>
public sealed partial class JobLimits : IValidatableObject
{
    public const string Section = "Jobs:Limits";

    /// <summary>Per queue: <c>chat = 200</c>.</summary>
    public Dictionary<string, int> Queues { get; } = [];

    /// <summary>Per tenant in a queue: <c>batch = 16</c>.</summary>
    public Dictionary<string, int> Tenants { get; } = [];

    /// <summary>Per lane (<see cref="NewJob.Lane"/>) in each queue: <c>provider:openai = 8</c>.</summary>
    public Dictionary<string, int> Lanes { get; } = [];

    /// <summary>Whether jobs of this lane are limited: only then is it worth a turn of its own.</summary>
    public bool HasLane(string lane) => Lanes.GetValueOrDefault(lane) > 0;

    /// <summary>Whether this may name a lane: lanes are parts of keys in Redis.</summary>
    internal static bool IsLane(string name) => Lane().IsMatch(name);

    internal int? OfQueue(string queue) => Positive(Queues.GetValueOrDefault(queue));

    internal int? OfTenant(string queue) => Positive(Tenants.GetValueOrDefault(queue));

    /// <summary>Whether anything of this queue is limited.</summary>
    internal bool Limit(string queue) => OfQueue(queue) is not null || OfTenant(queue) is not null || Lanes.Values.Any(limit => limit > 0);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Queues.Keys.Concat(Tenants.Keys).Except(JobQueues.All).ToArray() is [_, ..] unknown)
        {
            yield return new($"{Section}: no such queue: {string.Join(", ", unknown)}. There are {string.Join(", ", JobQueues.All)}.");
        }

        if (Lanes.Keys.Where(lane => !IsLane(lane)).ToArray() is [_, ..] odd)
        {
            yield return new($"{Section}:Lanes: {string.Join(", ", odd)}: a lane is 1 to 50 of a-z 0-9 : . _ -");
        }

        if (Queues.Values.Concat(Tenants.Values).Concat(Lanes.Values).Any(limit => limit is < 0 or > 1_000_000))
        {
            yield return new($"{Section}: limits are 0 to 1000000.");
        }
    }

    /// <summary>By hand, since a lane's colon is a level of its own to the settings: <c>Jobs__Limits__Lanes__provider__openai</c>.</summary>
    internal void Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        Read(section.GetSection(nameof(Queues)), Queues);
        Read(section.GetSection(nameof(Tenants)), Tenants);
        Read(section.GetSection(nameof(Lanes)), Lanes);
    }

    private static void Read(IConfigurationSection section, Dictionary<string, int> limits)
    {
        foreach (var (name, value) in section.AsEnumerable(makePathsRelative: true))
        {
            if (value is not null)
            {
                // What is no number is out of range, and says so.
                limits[name] = int.TryParse(value, CultureInfo.InvariantCulture, out int limit) ? limit : -1;
            }
        }
    }

    private static int? Positive(int limit) => limit > 0 ? limit : null;

    [GeneratedRegex(@"^[a-z0-9:._-]{1,50}\z")]
    private static partial Regex Lane();
}
