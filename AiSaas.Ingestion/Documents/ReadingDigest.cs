using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AiSaas.Ingestion.Chunking;
using AiSaas.Ingestion.Parsing;
using AiSaas.Ingestion.Parsing.Pdf;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Documents;

/// <summary>Names the way in which a document is read: equal bytes with equal digests have equal pages and passages.</summary>
internal sealed class ReadingDigest(IOptions<ParsingOptions> parsing, IOptions<ChunkingOptions> chunking, ScanReader scans)
{
    /// <summary>Raise it with every change that makes a parser or the chunker yield something else: documents that come after it are
    /// then read anew, whatever was read of the same bytes before.</summary>
    public const int Release = 2;

    private readonly string _settings = string.Create(
        CultureInfo.InvariantCulture,
        $"{Release} {scans.IsInstalled} {JsonSerializer.Serialize(parsing.Value, ReadingJson.Default.ParsingOptions)} {JsonSerializer.Serialize(chunking.Value, ReadingJson.Default.ChunkingOptions)}");

    public string Of(StagedDocument document)
    {
        // Of the name, its ending says how text is to be read (.csv, .json); what came from the web may bring its character set.
        string reading = $"{_settings} {document.ContentType} {Path.GetExtension(document.Name).ToUpperInvariant()} {document.Charset?.ToUpperInvariant()}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(reading)).AsSpan(0, 16));
    }
}

[JsonSerializable(typeof(ParsingOptions))]
[JsonSerializable(typeof(ChunkingOptions))]
internal sealed partial class ReadingJson : JsonSerializerContext;
