using System.Globalization;
using System.Text;
using System.Text.Json;
using AiSaas.Contracts.Common;
using AiSaas.Core.Gateway;
using AiSaas.Core.Jobs;
using AiSaas.Core.Jobs.Schedules;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Batches;

/// <summary>A batch by the calendar: the body is that of POST <c>/api/jobs</c>, with items or the file that has them.</summary>
internal sealed class ScheduledBatch(SubmitBatch submit, BatchIntake intake) : ISchedulableKind
{
    public string Name => JobKind.Batch.Name;

    public async Task<Failure?> CheckAsync(TenantWork work, ScheduleAuthor author, JsonElement body, CancellationToken cancellation)
    {
        try
        {
            await using var draft = await ReadAsync(work, author, body, cancellation);
            return null;
        }
        catch (BatchFaultException refused)
        {
            return new(refused.Fault.Code, refused.Fault.Message);
        }
    }

    public async Task<ScheduledSubmission> SubmitAsync(TenantWork work, ScheduledOccurrence occurrence, CancellationToken cancellation)
    {
        try
        {
            await using var draft = await ReadAsync(work, occurrence.Author, occurrence.Body, cancellation);
            return new ScheduledSubmission.Submitted((await submit.StoreAsync(work, Caller(work, occurrence.Author), draft, cancellation)).Job);
        }
        catch (BatchFaultException refused)
        {
            return new ScheduledSubmission.Refused(new(refused.Fault.Code, refused.Fault.Message));
        }
    }

    private async Task<BatchDraft> ReadAsync(TenantWork work, ScheduleAuthor author, JsonElement body, CancellationToken cancellation)
    {
        if (author.Role == Role.Viewer)
        {
            throw new BatchFaultException(new("auth:read-only", "Viewers can't spend on models."));
        }

        var draft = intake.Draft();
        try
        {
            draft.Submission.Set("kind", Name);
            using MemoryStream content = new(Encoding.UTF8.GetBytes(body.GetRawText()));
            await intake.ReadJsonAsync(draft, content, cancellation);
            await intake.EndAsync(draft, Caller(work, author), cancellation);
            return draft;
        }
        catch
        {
            await draft.DisposeAsync();
            throw;
        }
    }

    private static GatewayCaller Caller(TenantWork work, ScheduleAuthor author) =>
        new(work.Tenant, author.User, null) { Permissions = string.Create(CultureInfo.InvariantCulture, $"role:{author.Role}") };
}
