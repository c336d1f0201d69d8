using System.Security.Cryptography;
using System.Text;

namespace AiSaas.Ingestion.Documents;

/// <summary>What of a passage is embedded, and the key under which its vector is kept.</summary>
internal static class EmbeddedText
{
    /// <summary>The header says where the passage stands: title › section.</summary>
    public static string Of(string header, string text) => $"{header}\n{text}";

    public static byte[] Hash(string embedded) => SHA256.HashData(Encoding.UTF8.GetBytes(embedded));
}
