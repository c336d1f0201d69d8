namespace AiSaas.Bench.Gateway;

/// <summary>Something that takes the load: the mock itself, or a gateway before it.</summary>
/// <param name="Name">In the table.</param>
/// <param name="Port">On loopback.</param>
/// <param name="Headers">What it wants to be told, each line with its break.</param>
/// <param name="Process">Whose time and memory count.</param>
internal sealed record Target(string Name, int Port, string Headers, ChildProcess Process);
