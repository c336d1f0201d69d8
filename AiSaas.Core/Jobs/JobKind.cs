namespace AiSaas.Core.Jobs;

/// <summary>What a job is, and the queue that carries it. Workers are told which queues they serve (<c>Worker:Queues</c>).</summary>
/// <param name="Name">As the API shows it: <c>ingest</c>, <c>batch</c>. Lives in stored rows, so it is never renamed.</param>
/// <param name="Queue">One of <see cref="JobQueues"/>.</param>
public sealed record JobKind(string Name, string Queue)
{
    /// <summary>A document becomes passages.</summary>
    public static readonly JobKind Ingest = new("ingest", JobQueues.Ingest);

    /// <summary>A question becomes an answer.</summary>
    public static readonly JobKind Chat = new("chat", JobQueues.Chat);

    /// <summary>A response of the gateway that nobody waits for.</summary>
    public static readonly JobKind Response = new("response", JobQueues.Chat);

    /// <summary>Many prompts at once.</summary>
    public static readonly JobKind Batch = new("batch", JobQueues.Batch);

    /// <summary>Some prompts of a batch.</summary>
    public static readonly JobKind BatchPart = new("batch-part", JobQueues.Batch);

    /// <summary>What is due to one webhook of a workspace.</summary>
    public static readonly JobKind Webhook = new("webhook", JobQueues.Webhooks);

    /// <summary>A walk through the pages of an address.</summary>
    public static readonly JobKind Source = new("source", JobQueues.Sources);

    /// <summary>Some pages of a walk.</summary>
    public static readonly JobKind SourcePages = new("source-pages", JobQueues.Sources);

    /// <summary>A workspace's passages move into another embedding space.</summary>
    public static readonly JobKind Reembed = new("reembed", JobQueues.Maintenance);

    /// <summary>Some passages of such a move.</summary>
    public static readonly JobKind ReembedPart = new("reembed-part", JobQueues.Maintenance);

    /// <summary>Golden questions are searched and answered, and scored.</summary>
    public static readonly JobKind Evaluation = new("evaluation", JobQueues.Evals);

    public override string ToString() => Name;
}

/// <summary>The queues.</summary>
public static class JobQueues
{
    public const string Ingest = "ingest";
    public const string Chat = "chat";
    public const string Batch = "batch";
    public const string Evals = "evals";
    public const string Maintenance = "maintenance";
    public const string Webhooks = "webhooks";
    public const string Sources = "sources";

    public static readonly IReadOnlyList<string> All = [Ingest, Chat, Batch, Evals, Maintenance, Webhooks, Sources];
}
