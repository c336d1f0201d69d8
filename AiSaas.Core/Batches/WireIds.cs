using AiSaas.Core.Jobs;

namespace AiSaas.Core.Batches;

/// <summary>Ids as OpenAI's clients see them: <c>file-…</c> and <c>batch_…</c>, each with the 32 digits of ours.</summary>
public static class WireIds
{
    private const string FilePrefix = "file-";
    private const string BatchPrefix = "batch_";

    public static string Of(BatchFileId file) => FilePrefix + file.Value.ToString("n");

    public static string Of(JobId batch) => BatchPrefix + batch.Value.ToString("n");

    public static bool TryParse(string? text, out BatchFileId file)
    {
        bool parsed = TryParse(text, FilePrefix, out var id);
        file = new(id);
        return parsed;
    }

    public static bool TryParse(string? text, out JobId batch)
    {
        bool parsed = TryParse(text, BatchPrefix, out var id);
        batch = JobId.From(id);
        return parsed;
    }

    private static bool TryParse(string? text, string prefix, out Guid id)
    {
        id = default;
        return text?.StartsWith(prefix, StringComparison.Ordinal) is true && Guid.TryParseExact(text.AsSpan(prefix.Length), "N", out id);
    }
}
