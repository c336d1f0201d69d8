using System.IO.Compression;
using System.Xml;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>A ZIP of XML parts, opened under limits. What an archive says of itself is checked first, what it does is bounded after.</summary>
internal sealed class SafeZip : IDisposable
{
    private const int MaxEntries = 10_000;
    private const long RatioFrom = 10L << 20;

    private readonly ZipArchive _archive;
    private readonly ParsingOptions _options;
    private readonly string _what;

    private SafeZip(ZipArchive archive, ParsingOptions options, string what) => (_archive, _options, _what) = (archive, options, what);

    /// <param name="path">The file.</param>
    /// <param name="what">For messages: "This DOCX".</param>
    /// <param name="options">The limits.</param>
    /// <exception cref="DocumentFaultException">Damaged, or a bomb.</exception>
    public static SafeZip Open(string path, string what, ParsingOptions options)
    {
        ZipArchive? archive = null;
        try
        {
            archive = ZipFile.OpenRead(path);
            Check(archive, what, options);
            return new SafeZip(archive, options, what);
        }
        catch (InvalidDataException)
        {
            archive?.Dispose();
            throw DocumentFaultException.Damaged(what);
        }
        catch
        {
            archive?.Dispose();
            throw;
        }
    }

    public void Dispose() => _archive.Dispose();

    /// <summary>Opens a part as it is, at most as long as it says; null where there is no such part.</summary>
    public Stream? Open(string part) => _archive.GetEntry(part)?.Open();

    /// <summary>How long it says that it is; 0 where there is no such part.</summary>
    public long LengthOf(string part) => _archive.GetEntry(part)?.Length ?? 0;

    /// <summary>Whether there is such a part.</summary>
    public bool Has(string part) => _archive.GetEntry(part) is not null;

    /// <summary>What fails in here because of the file is a damaged file.</summary>
    /// <exception cref="DocumentFaultException">Broken XML, entities of its own, or more characters than allowed: no program wrote that for people.</exception>
    public async Task<T> GuardedAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception error) when (error is XmlException or InvalidDataException)
        {
            throw Damaged();
        }
    }

    /// <summary>Opens a part as XML that defines and fetches nothing; null where there is no such part.</summary>
    public PartReader? Read(string part)
    {
        var entry = _archive.GetEntry(part);
        if (entry is null)
        {
            return null;
        }

        var stream = entry.Open();
        return new PartReader(stream, entry.Length, XmlReader.Create(stream, new XmlReaderSettings
        {
            Async = true,
            // E-books name one; it is neither fetched nor obeyed, so that what it defines is an error where it is used.
            DtdProcessing = DtdProcessing.Ignore,
            XmlResolver = null,
            MaxCharactersInDocument = _options.MaxUnpackedBytes,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        }));
    }

    public DocumentFaultException Damaged() => DocumentFaultException.Damaged(_what);

    private static void Check(ZipArchive archive, string what, ParsingOptions options)
    {
        long unpacked = 0;
        int entries = 0;
        foreach (var entry in archive.Entries)
        {
            unpacked += entry.Length;
            bool bomb = entry.Length > RatioFrom && entry.Length / Math.Max(1, entry.CompressedLength) > options.MaxUnpackRatio;
            if (++entries > MaxEntries || unpacked > options.MaxUnpackedBytes || bomb)
            {
                throw new DocumentFaultException(
                    "documents:unpacks-too-large", $"{what} unpacks to far more than a document does, so it was not opened.");
            }
        }
    }

    internal sealed record PartReader(Stream Stream, long Length, XmlReader Xml) : IDisposable
    {
        public void Dispose()
        {
            Xml.Dispose();
            Stream.Dispose();
        }
    }
}
