using System.Text.Json;

namespace AiSaas.Bench.Gateway;

/// <summary>Portkey's gateway, from the folder where <c>npm install @portkey-ai/gateway@1.15.2</c> was run.</summary>
/// <remarks>With hono pinned to 4.9.7 and @hono/node-server to 1.13.5 (<c>overrides</c> in that folder's package.json), or its streams break.</remarks>
internal static class Portkey
{
    public static async Task<Target> StartAsync(string folder, Target mock, CancellationToken cancellation)
    {
        string package = Path.Combine(folder, "node_modules", "@portkey-ai", "gateway");
        string program = Path.Combine(package, "build", "start-server.js");
        if (!File.Exists(program))
        {
            throw new ArgumentException($"--portkey names a folder without {program}: run npm install @portkey-ai/gateway@1.15.2 there.", nameof(folder));
        }

        int port = FreePort.Next();
        var process = ChildProcess.Start("node", [program, $"--port={port}", "--headless"], ("NODE_ENV", "production"));
        await process.ListensAsync(port, cancellation);
        return new(
            $"Portkey {await VersionAsync(package, cancellation)}", port,
            $"Authorization: Bearer sk-mock\r\nx-portkey-provider: openai\r\nx-portkey-custom-host: http://127.0.0.1:{mock.Port}/v1\r\n", process);
    }

    private static async Task<string> VersionAsync(string package, CancellationToken cancellation)
    {
        await using var stream = File.OpenRead(Path.Combine(package, "package.json"));
        using var document = await JsonDocument.ParseAsync(stream, cancellationToken: cancellation);
        return document.RootElement.GetProperty("version").GetString()!;
    }
}
