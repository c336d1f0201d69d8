using AiSaas.Contracts.Common;

namespace AiSaas.Contracts.Quality;

/// <summary>POST <c>/api/quality/runs</c> → 202.</summary>
/// <param name="Scope"><c>workspace</c> or a collection's id.</param>
/// <param name="Settings"><c>applied</c>, or <c>draft</c>: then the applied ones are measured beside it, as its baseline.</param>
/// <param name="Model">Who answers so that citations can be checked: a logical model, or <c>none</c>; the extractive answerer when left out.</param>
public sealed record StartEvaluationRequest(string Scope, string? Settings = null, string? Model = null);

/// <param name="Status">queued, running, succeeded, failed or canceled.</param>
/// <param name="Purpose">applied, draft, or baseline (measured in the same job as a draft).</param>
/// <param name="Settings">As they were used.</param>
/// <param name="Skipped">Questions whose expected passages the documents don't have: nothing could find them.</param>
/// <param name="Figures">Null until it has succeeded.</param>
public sealed record EvaluationRun(
    Guid Id, Guid? CollectionId, Guid JobId, string Status, string Purpose, RetrievalSettings Settings, Guid? BaselineId, string? Model,
    int Questions, int Skipped, EvaluationFigures? Figures, Failure? Error, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);

/// <summary>Means over the questions. Relevance is binary: an expectation is met once, by the first passage that holds it.</summary>
/// <param name="Ndcg">nDCG@10.</param>
/// <param name="Recall">Recall@10.</param>
/// <param name="RecallAtLimit">Recall at <paramref name="Limit"/>, which is what an answer reads.</param>
/// <param name="Mrr">The mean of one over the first right passage's rank, within 10.</param>
/// <param name="CitationAccuracy">The share of the answers' citations whose words stand in what they cite; null where nobody answered.</param>
/// <param name="CitesExpected">The share of the questions whose answer cites an expected passage.</param>
public sealed record EvaluationFigures(
    double Ndcg, Interval NdcgInterval, double Recall, Interval RecallInterval, double RecallAtLimit, int Limit, double Mrr,
    double? CitationAccuracy, double? CitesExpected, double P50Ms, double P95Ms);

/// <summary>95 %, by resampling the questions.</summary>
public sealed record Interval(double Low, double High);

/// <summary>GET <c>/api/quality/runs/{id}</c>.</summary>
/// <param name="Against">What it is compared with: its baseline, the run before, or the one that was asked for.</param>
/// <param name="Changes">Questions by how much worse they got; without another run, the worst first. Up to 1,000.</param>
public sealed record EvaluationReport(EvaluationRun Run, EvaluationRun? Against, EvaluationDifference? Difference, IReadOnlyList<QuestionResult> Changes);

/// <summary>The mean change over the questions that both runs have in the same version.</summary>
public sealed record EvaluationDifference(int Compared, int Worse, int Better, double Ndcg, Interval NdcgInterval, double Recall, Interval RecallInterval);

/// <param name="FirstRank">Of the first right passage within 10; null where there is none.</param>
/// <param name="Before">nDCG in the other run; null where it didn't have the question.</param>
/// <param name="Skipped">Why it has no figures.</param>
public sealed record QuestionResult(
    Guid QuestionId, string Question, string? Skipped, int Expected, int Found, int? FirstRank, double Ndcg, double Recall,
    double ReciprocalRank, int? Citations, int? Verified, bool? CitesExpected, double LatencyMs, double? Before, int? FirstRankBefore);

/// <summary>POST <c>/api/quality/lab</c>: one query under one or two settings.</summary>
/// <param name="Settings">One or two. What is null in them falls back to what is applied.</param>
public sealed record LabRequest(
    string Query, IReadOnlyList<Guid>? CollectionIds = null, IReadOnlyList<RetrievalSettings>? Settings = null);

public sealed record LabResponse(IReadOnlyList<LabSide> Sides);

public sealed record LabSide(
    Guid QueryId, RetrievalSettings Settings, IReadOnlyList<LabHit> Hits, Retrieval.SearchTimings Timings, string? Space, string? Degraded);

/// <param name="Rank">1 is the first.</param>
/// <param name="FusedRank">Its place by the fused score, before reranking.</param>
/// <param name="Proximity">What neighbouring words of the question that are neighbours there added to the lexical score.</param>
/// <param name="Reranked">A reranker's score; null where none ordered the hits.</param>
/// <param name="Coverage">The share of the question's information that the passage's words hold.</param>
/// <param name="Relevance">What the floor compares.</param>
/// <param name="Other">Its rank on the other side; null where it isn't there.</param>
public sealed record LabHit(
    int Rank, int FusedRank, Guid ChunkId, Guid DocumentId, Guid CollectionId, string DocumentName, string? Section, int Page, int Start, int End,
    string Text, double Score, double? Lexical, double? Vector, double Proximity, double Coverage, double Relevance, double? Reranked, int? Other);
