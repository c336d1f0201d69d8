using AiSaas.Core.Chat;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Runs;

/// <summary>Opens logs for writing.</summary>
public sealed class RunLog
{
    /// <summary>Opens the log of a run for the holder of <paramref name="fence"/>. When an earlier attempt wrote already,
    /// <see cref="Parts.ResetStepPart"/> is written first.</summary>
    public Task<RunLogWriter> OpenAsync(TenantId tenant, RunId run, long fence, CancellationToken cancellation) =>
        throw new NotImplementedException();
}
