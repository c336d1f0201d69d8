using System.Text.Json;
using AiSaas.Contracts.Common;

namespace AiSaas.Contracts.Jobs;

/// <summary>GET <c>/api/jobs/{id}</c>, and each event of <c>/api/jobs/{id}/events</c>.</summary>
/// <param name="Status">queued, running, succeeded, failed, dead or canceled.</param>
/// <param name="Progress">0 to 1.</param>
public sealed record JobInfo(
    Guid Id, string Kind, string Status, double Progress, int Attempts, JsonElement? Result, Failure? Error,
    DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt);
