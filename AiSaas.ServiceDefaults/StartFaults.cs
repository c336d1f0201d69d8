using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AiSaas.ServiceDefaults;

public static class StartFaults
{
    /// <summary>What <c>sysexits.h</c> calls a configuration error.</summary>
    public const int ExitCode = 78;

    /// <summary>Runs the host, unless its settings have faults: then it says all of them, one a line, and ends.</summary>
    public static async Task RunOrExplainAsync(this IHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (Faults(host.Services) is { Count: > 0 } faults)
        {
            await Console.Error.WriteLineAsync(InWords(AppDomain.CurrentDomain.FriendlyName, faults));
            Environment.ExitCode = ExitCode;
            return;
        }

        await host.RunAsync();
    }

    internal static string InWords(string process, IReadOnlyList<string> faults) =>
        $"{process} does not start: its settings have {faults.Count} {(faults.Count == 1 ? "fault" : "faults")}.{string.Concat(faults.Select(fault => $"{Environment.NewLine}  - {fault}"))}";

    private static IReadOnlyList<string> Faults(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            return [];
        }
        catch (OptionsValidationException error)
        {
            return [.. error.Failures];
        }
        catch (AggregateException error) when (error.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return [.. error.InnerExceptions.Cast<OptionsValidationException>().SelectMany(inner => inner.Failures).Distinct()];
        }
    }
}
