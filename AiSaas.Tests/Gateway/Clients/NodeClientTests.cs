using System.Diagnostics;
using System.Text.Json;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Gateway.Clients;

/// <summary>The official clients for Node, unmodified, from <c>node/conformance.mjs</c>.</summary>
public sealed class NodeClientTests(ClientsHost host, ITestOutputHelper output) : IClassFixture<ClientsHost>
{
    /// <summary>For trying out some of the cases.</summary>
    private static readonly string? Part = Environment.GetEnvironmentVariable("AISAAS_NODE_CASE");

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Official_clients_for_Node_work_unmodified()
    {
        ProcessStartInfo start = new("node", Part is null ? ["conformance.mjs"] : ["conformance.mjs", Part])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.PathOf("AiSaas.Tests", "Gateway", "Clients", "node"),
        };
        start.Environment["AISAAS_URL"] = host.Api.AbsoluteUri.TrimEnd('/');
        start.Environment["AISAAS_KEY"] = host.Key;
        start.Environment["SIMULATOR_URL"] = host.Simulator.Address;
        using Process node = Process.Start(start)!;
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        await using var kill = limit.Token.Register(node.Kill);
        var errors = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        List<(string Name, string? Error)> cases = [];
        while (await node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            using var told = JsonDocument.Parse(line);
            string name = told.RootElement.GetProperty("name").GetString()!;
            cases.Add((name, told.RootElement.TryGetProperty("error", out var error) ? error.GetString() : null));
            output.WriteLine($"{(cases[^1].Error is null ? "✓" : "✗")} {name}");
        }

        string[] failed = [.. cases.Where(one => one.Error is not null).Select(one => $"✗ {one.Name}\n{one.Error}")];
        Assert.True(failed is [], $"{failed.Length} of {cases.Count} cases failed:\n{string.Join("\n\n", failed)}");
        Assert.True(cases.Count > (Part is null ? 50 : 0), $"Only {cases.Count} cases ran: {await errors}");
    }
}
