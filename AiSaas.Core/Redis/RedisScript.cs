using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace AiSaas.Core.Redis;

/// <summary>A Lua script: one atomic step, one round trip. All its keys carry one hash tag, so that a cluster runs it on one node.</summary>
/// <param name="Name">For traces and errors.</param>
/// <param name="IsTraced">False for what happens dozens of times a second: it would bury the rest of a trace.</param>
internal sealed record RedisScript(string Name, string Text, bool IsTraced = true)
{
    /// <summary>What Redis knows the script by, once it has seen it.</summary>
    public byte[] Hash { get; } = HashOf(Text);

    [SuppressMessage("Security", "CA5350", Justification = "Redis names scripts by SHA-1; nothing is protected by it.")]
    private static byte[] HashOf(string text) => SHA1.HashData(Encoding.UTF8.GetBytes(text));
}
