namespace AiSaas.Core.Redis;

/// <summary>A Lua script: one atomic step, one round trip. All its keys carry one hash tag, so that a cluster runs it on one node.</summary>
/// <param name="Name">For traces and errors.</param>
internal sealed record RedisScript(string Name, string Text);
