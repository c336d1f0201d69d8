namespace AiSaas.Contracts.Quality;

/// <summary>How searches weigh and choose. What is null is left to what stands above: the workspace's settings, then the engine's own.</summary>
/// <param name="Weight">The share of meaning in the fused score, 0 (words alone) to 1; the embedding model's own where null.</param>
/// <param name="Limit">How many passages a search returns that names no number, and an answer reads: 1 to 20.</param>
/// <param name="Floor">The least relevance that a passage needs to be shown, 0 to 1.</param>
/// <param name="Rerank">Whether a reranker has the last word, where one is configured.</param>
public sealed record RetrievalSettings(double? Weight = null, int? Limit = null, double? Floor = null, bool? Rerank = null);

/// <summary>GET <c>/api/quality/settings/{scope}</c>; the scope is <c>workspace</c> or a collection's id.</summary>
/// <param name="Version">Send it back with a change: if somebody else was faster, the change is refused.</param>
/// <param name="Applied">What searches use now.</param>
/// <param name="Effective"><paramref name="Applied"/> over the workspace's.</param>
/// <param name="Draft">What somebody wants to try; null for none.</param>
/// <param name="Gate">What applying the draft would say now; null without a draft.</param>
public sealed record SettingsInfo(
    Guid? CollectionId, int Version, RetrievalSettings Applied, RetrievalSettings Effective, RetrievalSettings? Draft, GateInfo? Gate,
    DateTimeOffset? AppliedAt, DateTimeOffset UpdatedAt);

public sealed record PutDraftRequest(RetrievalSettings Settings, int Version);

/// <param name="Force">Past the gate; for owners, and recorded.</param>
/// <param name="Note">Why, up to 500 characters.</param>
public sealed record ApplySettingsRequest(int Version, bool Force = false, string? Note = null);

/// <param name="Notice">What to know all the same, such as that nothing guards these settings.</param>
public sealed record AppliedInfo(SettingsInfo Settings, string? Notice, GateInfo? Gate);

/// <summary>What the gate says of a draft.</summary>
/// <param name="Verdict">pass, refused, unevaluated, or unguarded where there are no golden questions.</param>
/// <param name="Run">The evaluation that it goes by.</param>
/// <param name="Tolerance">By how much a figure may be worse.</param>
public sealed record GateInfo(string Verdict, string Words, Guid? Run, double Tolerance, IReadOnlyList<GateFigure> Figures);

/// <param name="Name">ndcg, recall or citationAccuracy.</param>
/// <param name="Low">The change's 95 % interval over the questions, with <paramref name="High"/>.</param>
public sealed record GateFigure(string Name, double Baseline, double Draft, double Low, double High, bool Worse);

/// <summary>What was applied when.</summary>
public sealed record SettingsChange(
    Guid Id, RetrievalSettings Settings, RetrievalSettings Previous, Guid? RunId, bool Forced, string? Note, string? By, DateTimeOffset At);

/// <summary>GET <c>/api/quality</c>: where quality stands.</summary>
public sealed record QualityOverview(IReadOnlyList<QualityScope> Scopes);

/// <param name="CollectionId">Null for the workspace as a whole.</param>
/// <param name="History">Succeeded runs with the applied settings, oldest first, up to 30.</param>
public sealed record QualityScope(
    Guid? CollectionId, string Name, int Questions, int Documents, EvaluationRun? Latest, IReadOnlyList<QualityPoint> History, bool HasDraft);

public sealed record QualityPoint(DateTimeOffset At, double Ndcg, double Recall, double? CitationAccuracy);
