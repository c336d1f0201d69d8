using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace AiSaas.Llm.Models;

/// <summary>Finds what the binder would stumble over or pass by in silence: misspelt names, words where numbers belong, single values
/// where lists belong.</summary>
/// <remarks>At the top, names that resemble none of ours are other features' own sections.</remarks>
internal sealed class SettingsCheck
{
    private readonly List<string> _faults = [];
    private readonly HashSet<string> _unreadable = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The section without what cannot be read, so that the rest can be bound and checked as well.</summary>
    public IConfiguration Readable(IConfigurationSection section, Type type)
    {
        Object(section, type, isTop: true);
        return new ConfigurationBuilder()
            .AddInMemoryCollection(section.AsEnumerable(makePathsRelative: true).Where(entry => !_unreadable.Contains($"{section.Path}:{entry.Key}")))
            .Build();
    }

    private void Any(IConfigurationSection section, Type type)
    {
        if (type == typeof(string) || type.IsValueType)
        {
            Scalar(section, type);
        }
        else if (typeof(IDictionary).IsAssignableFrom(type) || typeof(IList).IsAssignableFrom(type))
        {
            bool isList = typeof(IList).IsAssignableFrom(type);
            if (!string.IsNullOrEmpty(section.Value))
            {
                Fault(section, isList ? "is a single value; it must be a list." : "is a single value; it must be names with values.");
            }

            foreach (var child in section.GetChildren())
            {
                Any(child, type.GetGenericArguments()[^1]);
            }
        }
        else
        {
            Object(section, type, isTop: false);
        }
    }

    private void Object(IConfigurationSection section, Type type, bool isTop)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            Fault(section, "is a single value; it must be a section with settings in it.");
        }

        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance);
        foreach (var child in section.GetChildren())
        {
            if (properties.FirstOrDefault(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)) is { } property)
            {
                Any(child, property.PropertyType);
                continue;
            }

            if (properties.FirstOrDefault(property => AreAlike(property.Name, child.Key)) is { } meant)
            {
                _faults.Add($"{child.Path} is no setting; did you mean {meant.Name}?");
            }
            else if (!isTop)
            {
                _faults.Add($"{child.Path} is no setting; there are {string.Join(", ", properties.Select(property => property.Name))}.");
            }
        }
    }

    private void Scalar(IConfigurationSection section, Type type)
    {
        if (section.GetChildren().Any())
        {
            Fault(section, "has settings in it; it must be a single value.");
        }

        var target = Nullable.GetUnderlyingType(type) ?? type;
        if (target == typeof(string) || section.Value is not { } text || (text.Length == 0 && target != type))
        {
            return;
        }

        try
        {
            TypeDescriptor.GetConverter(target).ConvertFromString(null, CultureInfo.InvariantCulture, text);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or OverflowException or NotSupportedException)
        {
            Fault(section, $"is '{text}'; it must be {(target == typeof(bool) ? "true or false" : target == typeof(int) ? "a whole number" : "a number")}.");
        }
    }

    private void Fault(IConfigurationSection section, string what)
    {
        _faults.Add($"{section.Path} {what}");
        _unreadable.Add(section.Path);
    }

    /// <summary>Up to two letters too many, too few or wrong.</summary>
    private static bool AreAlike(string one, string other)
    {
        int[] row = [.. Enumerable.Range(0, other.Length + 1)];
        for (int i = 1; i <= one.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                int same = char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + same));
            }
        }

        return row[^1] <= Math.Min(2, one.Length / 3);
    }
}
