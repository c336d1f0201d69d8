using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace AiSaas.AppHost;

/// <summary>Whether containers can be started here and now.</summary>
internal static class ContainerEngine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Asks the engine that Aspire would use; a client without a server behind it counts as none.</summary>
    public static bool Answers(IConfiguration configuration)
    {
        var chosen = configuration["DcpPublisher:ContainerRuntime"] ?? configuration["ASPIRE_CONTAINER_RUNTIME"];
        return chosen is null ? Answers("docker") || Answers("podman") : Answers(chosen);
    }

    private static bool Answers(string client)
    {
        try
        {
            using var asked = Process.Start(new ProcessStartInfo(client, ["version", "--format", "{{.Server.Version}}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            if (asked?.WaitForExit(Patience) == true)
            {
                return asked.ExitCode == 0;
            }

            asked?.Kill();
            return false;
        }
        catch (Win32Exception)
        {
            // There is no such program.
            return false;
        }
    }
}
