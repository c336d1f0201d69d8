namespace AiSaas.Bench;

/// <summary>Socket callbacks run where the kernel's events are read, without a hop to the thread pool: half the load generator's cost.</summary>
/// <remarks>Only right for code that never blocks in them; the programs under test run as they always do.</remarks>
internal static class SocketMode
{
    public const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Read by the runtime at the first use of a socket.</summary>
    public static void RunInline() => Environment.SetEnvironmentVariable(Variable, "1");
}
