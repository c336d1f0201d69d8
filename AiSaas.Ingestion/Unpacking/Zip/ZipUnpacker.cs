using System.Runtime.CompilerServices;
using AiSaas.Core.Documents;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Unpacking.Zip;

/// <summary>The files of a ZIP archive, each read from where it lies.</summary>
internal sealed class ZipUnpacker(IOptions<UnpackingOptions> options) : IUnpacker
{
    private const long RatioFrom = 10L << 20;

    public string ContentType => DocumentFormats.Zip;

    public bool HasText => false;

    public async IAsyncEnumerable<FoundFile> ReadAsync(Stream original, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var entries = await ZipDirectory.ReadAsync(original, options.Value, cancellation);
        for (int i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            if (!entry.IsJunk)
            {
                yield return new FoundFile(
                    DocumentFormats.SafePath(entry.Name.TrimStart('/')), (double)i / entries.Count,
                    token => ZipContent.OpenAsync(original, entry, token), entry.Refusal ?? Bomb(entry));
            }
        }
    }

    private string? Bomb(ZipEntry entry) =>
        entry.Unpacked > RatioFrom && entry.Unpacked / Math.Max(1, entry.Packed) > options.Value.MaxRatio
            ? $"unpacks to {entry.Unpacked / Math.Max(1, entry.Packed):N0} times its size"
            : null;
}
