using System.Globalization;
using AiSaas.Core.Jobs;

namespace AiSaas.Core.Batches;

/// <summary>What a batch says beside its items.</summary>
public sealed class BatchSubmission
{
    public const string Members = "kind, items or inputFileId, model, webhook, runAt, priority, dedupeKey";

    public string? Kind { get; private set; }

    /// <summary>For items that name none.</summary>
    public string? Model { get; private set; }

    /// <summary>Instead of items: a file that a worker reads.</summary>
    public BatchFileId? InputFile { get; private set; }

    /// <summary>Who is told of its end; whether that may be called is asked later.</summary>
    public string? Webhook { get; private set; }

    public DateTimeOffset? RunAt { get; private set; }

    public JobPriority Priority { get; private set; } = JobPriority.Normal;

    public string? DedupeKey { get; private set; }

    /// <summary>Takes one member.</summary>
    /// <param name="name">As the API has it.</param>
    /// <param name="value">Null leaves it as it is.</param>
    /// <exception cref="BatchFaultException">It is none, or means nothing.</exception>
    public void Set(string name, string? value)
    {
        switch (name)
        {
            case "kind":
                Kind = value == JobKind.Batch.Name ? value : throw UnknownKind(value);
                break;
            case "model":
                Model = value is null ? Model : Text(value, name, 200);
                break;
            case "inputFileId":
                InputFile = value is null ? null : WireIds.TryParse(value, out BatchFileId file)
                    ? file
                    : throw BatchFaultException.Invalid("inputFileId is the id of a file that was uploaded to /v1/files.", name);
                break;
            case "webhook":
                Webhook = value is null ? null : Text(value, name, 2_048);
                break;
            case "runAt":
                RunAt = value is null ? null : Time(value);
                break;
            case "priority":
                Priority = value is null ? Priority : value.ToLowerInvariant() switch
                {
                    "high" or "0" => JobPriority.High,
                    "normal" or "1" => JobPriority.Normal,
                    "low" or "2" => JobPriority.Low,
                    _ => throw BatchFaultException.Invalid("priority is high, normal or low.", name),
                };
                break;
            case "dedupeKey":
                DedupeKey = value is null ? null : Text(value, name, 200);
                break;
            default:
                throw BatchFaultException.Invalid($"A batch has no member '{(name.Length > 50 ? name[..50] + "…" : name)}'. It has {Members}.", name.Length > 50 ? null : name);
        }
    }

    /// <param name="kind">What was asked for; null for nothing.</param>
    internal static BatchFaultException UnknownKind(string? kind) => new(new(
        "jobs:unknown-kind", kind is null
            ? "Say which kind of job it is: \"kind\":\"batch\"."
            : $"Jobs of the kind '{(kind.Length > 50 ? kind[..50] + "…" : kind)}' can't be submitted here; \"batch\" can.", Parameter: "kind"));

    private static string Text(string value, string name, int longest) =>
        value.Length >= 1 && value.Length <= longest && !value.Any(char.IsControl)
            ? value
            : throw BatchFaultException.Invalid($"{name} has 1 to {longest} characters, none of them a control character.", name);

    // A plus sign that was not escaped arrives in a query as a space.
    private static DateTimeOffset Time(string value) =>
        DateTimeOffset.TryParse(
            value.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw BatchFaultException.Invalid("runAt must be a time such as 2026-12-01T08:00:00Z.", "runAt");
}
