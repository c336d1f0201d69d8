using AiSaas.Core.Chat;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Runs.Parts;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Runs;

/// <summary>Who may watch and stop a run. Chat implements it over the table <c>runs</c>.</summary>
public interface IRunAccess
{
    /// <returns>Null when there is no such run for this user of this tenant: another's run is not found.</returns>
    Task<RunRef?> FindAsync(TenantId tenant, UserId user, RunId run, CancellationToken cancellation);
}

/// <param name="JobId">The job that writes the run.</param>
public sealed record RunRef(RunId Id, JobId JobId);

/// <summary>What Postgres knows of a run when its log is gone or silent. Chat implements it.</summary>
public interface IRunFallback
{
    /// <returns>Null when there is no such run.</returns>
    Task<RunSnapshot?> FindAsync(TenantId tenant, RunId run, CancellationToken cancellation);
}

/// <param name="Settled">False while the run is queued or running.</param>
/// <param name="Parts">Of a settled run: all that a reader needs who has seen nothing, from <see cref="StartPart"/> to
/// <see cref="FinishPart"/>, each text whole in one delta. Empty while it isn't settled.</param>
public sealed record RunSnapshot(bool Settled, IReadOnlyList<StreamPart> Parts);
