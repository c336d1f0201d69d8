using AiSaas.Contracts.Common;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Spaces;
using AiSaas.Llm.Embedding;
using AiSaas.Llm.Models;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Spaces;

/// <summary>Moves a workspace's passages into another embedding space while it is searched.</summary>
/// <remarks><code>
///  ask the model for one vector: its size decides the space ──▶ begin: new documents go there, searches look into both
///        ──▶ parts embed what lacks a vector ──▶ nothing lacks one? ──▶ swap, in one update
///                 ▲                                    │ no: documents came in between
///                 └────────────────────────────────────┘
/// </code>
/// Each run of the handler takes the step that is due; what is done is seen in the rows alone, so a killed worker loses one batch.</remarks>
internal sealed class SwitchSpace(
    TenantDatabase database, JobQueue jobs, EmbeddingCatalog catalog, EmbeddingSpaces spaces, TenantSpaces tenants, GovernedEmbedder embedder,
    IOptions<SpaceOptions> options) : IJobHandler
{
    private const string Probe = "How long does a refund take?";

    /// <summary>A workspace that gets documents faster than they can be embedded again would go on for ever.</summary>
    private const int MostParts = 50_000;

    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        var job = context.Read(SwitchJobJson.Default.SwitchJob);
        if (catalog.Find(job.Model) is null)
        {
            return new JobOutcome.Failed(new("embedding:unknown-model", $"There is no embedding model {job.Model} in the configuration."));
        }

        var children = await context.CountChildrenAsync(cancellation);
        if (children.Failed + children.Dead > 0 || children.Total > MostParts)
        {
            return new JobOutcome.Failed(new(
                "embedding:parts-failed", $"{children.Failed + children.Dead} of {children.Total} parts could not be embedded with {job.Model}. What is done is kept."));
        }

        try
        {
            return await TargetAsync(context, job, cancellation) is { } target
                ? await GoOnAsync(context, job, target, cancellation)
                : JobOutcome.Done;
        }
        catch (CallRefusedException refused)
        {
            return new JobOutcome.Retry(ErrorClass.RateLimited, new(refused.Refused.Code, refused.Refused.Message), refused.Refused.RetryAfter);
        }
    }

    /// <returns>Null where there is nothing to do but tell people.</returns>
    private async Task<string?> TargetAsync(JobContext context, SwitchJob job, CancellationToken cancellation)
    {
        SpaceState? state;
        await using (var work = await database.BeginAsync(context.Tenant, cancellation))
        {
            state = await SpaceRows.ReadAsync(work, locked: false, cancellation);
        }

        if (state is { Next: { } begun } && state.Job == context.JobId && (await spaces.FindAsync(begun, cancellation))?.Model == job.Model)
        {
            return begun;
        }

        var vectors = await embedder.GenerateAsync(Caller(context, job.By), job.Model, EmbeddingInput.Document, [Probe], waits: true, cancellation);
        int dimensions = vectors[0].Dimensions;
        string target = await spaces.EnsureAsync(job.Model, dimensions, cancellation);
        var current = state?.Space is { } space ? await spaces.FindAsync(space, cancellation) : null;
        if (!job.Commanded && current is not null && current.Model == job.Model && current.Dimensions != dimensions
            && catalog.SettingsOf(job.Model).Dimensions != dimensions)
        {
            // Money is at stake, and whoever runs the provider may not even know: a person decides.
            string notice = $"{job.Model} gives {dimensions} dimensions now, the documents have {current.Dimensions}. "
                + "Until they are embedded again, meaning is compared in none of them; words go on.";
            await context.FencedAsync((work, token) => SpaceRows.NoteAsync(work, notice, token), cancellation);
            context.Log(notice);
            return null;
        }

        await context.FencedAsync((work, token) => SpaceRows.BeginAsync(work, context.JobId, target, token), cancellation);
        tenants.Forget(context.Tenant);
        context.Log(current is null || current.Id == target ? $"Completes {target}." : $"Moves from {current.Id} to {target}.");
        return target;
    }

    private async Task<JobOutcome> GoOnAsync(JobContext context, SwitchJob job, string target, CancellationToken cancellation)
    {
        List<(Guid First, Guid Last)> parts;
        await using (var work = await database.BeginAsync(context.Tenant, cancellation))
        {
            parts = await SpaceRows.PartsAsync(work, target, options.Value.PassagesPerPart, cancellation);
        }

        if (parts.Count > 0)
        {
            context.Log($"{parts.Count} parts are to be embedded.");
            await context.AwaitChildrenAsync(
                (work, token) => jobs.EnqueueAllAsync(
                    work, [.. parts.Select(part => SpaceDesk.Part(context.JobId, new(job.Model, target, part.First, part.Last, job.By)))], token),
                cancellation);
            return new JobOutcome.Waiting();
        }

        bool swapped = false;
        try
        {
            await context.CompleteAsync(
                async (work, token) => swapped = await SpaceRows.SwapAsync(work, target, options.Value.KeepHours, token) ? true : throw new BareAgainException(),
                resultJson: null, cancellation);
        }
        catch (BareAgainException)
        {
            // A document came between the look and the swap.
            return new JobOutcome.Retry(ErrorClass.Transient, new Failure("embedding:more", "Documents came in; they are embedded first."), TimeSpan.Zero);
        }

        tenants.Forget(context.Tenant);
        return JobOutcome.Done;
    }

    internal static GatewayCaller Caller(JobContext context, Guid? by) =>
        new(context.Tenant, by is { } user ? UserId.From(user) : default, Key: null) { Feature = "reembed" };

    private sealed class BareAgainException() : Exception("Passages without a vector came in.");
}
