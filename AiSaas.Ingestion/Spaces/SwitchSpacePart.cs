using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Spaces;
using AiSaas.Ingestion.Documents;
using AiSaas.Llm.Embedding;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using Pgvector;

namespace AiSaas.Ingestion.Spaces;

/// <summary>Embeds a stretch of passages, a batch a transaction: an attempt after a crash begins with the first that has no vector.</summary>
internal sealed class SwitchSpacePart(
    TenantDatabase database, EmbeddingSpaces spaces, GovernedEmbedder embedder, IOptions<SpaceOptions> options, TimeProvider clock) : IJobHandler
{
    private static readonly TimeSpan BudgetPause = TimeSpan.FromMinutes(10);

    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        var part = context.Read(SwitchJobJson.Default.SwitchPartJob);
        try
        {
            return await EmbedAsync(context, part, cancellation) ?? JobOutcome.Done;
        }
        catch (CallRefusedException refused)
        {
            bool isSpent = refused.Refused.Reason == Refusal.BudgetSpent;
            return new JobOutcome.Retry(
                ErrorClass.RateLimited, new(refused.Refused.Code, refused.Refused.Message), isSpent ? BudgetPause : refused.Refused.RetryAfter);
        }
        catch (ModelCallException failed)
        {
            return new JobOutcome.Retry(
                failed.Failure.Class == ModelErrorClass.RateLimited ? ErrorClass.RateLimited : ErrorClass.Unavailable,
                new("embedding:provider", $"{part.Model} did not answer."), failed.Failure.RetryAfter);
        }
    }

    /// <returns>Null when all is done.</returns>
    private async Task<JobOutcome?> EmbedAsync(JobContext context, SwitchPartJob part, CancellationToken cancellation)
    {
        var caller = SwitchSpace.Caller(context, part.By);
        var after = part.First;
        int done = 0;
        while (await ReadAsync(context, part, after, cancellation) is { Count: > 0 } batch)
        {
            var vectors = await embedder.GenerateAsync(
                caller, part.Model, EmbeddingInput.Document, [.. batch.Select(passage => EmbeddedText.Of(passage.Header, passage.Text))], waits: true, cancellation);
            string space = await spaces.EnsureAsync(part.Model, vectors[0].Dimensions, cancellation);
            if (space != part.Space)
            {
                return new JobOutcome.Failed(new(
                    "embedding:dimensions", $"{part.Model} began to give {vectors[0].Dimensions} dimensions in the middle of the move to {part.Space}."));
            }

            await context.FencedAsync(
                (work, token) => SpaceRows.WriteAsync(work, part.Space, batch.Zip(vectors, (passage, vector) => (passage, Halves(vector))), token), cancellation);
            after = batch[^1].Id.Value;
            done += batch.Count;
            context.ReportProgress(Math.Min(0.99, (double)done / options.Value.PassagesPerPart), "embedding");
            if (options.Value.PauseMilliseconds > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(options.Value.PauseMilliseconds), clock, cancellation);
            }
        }

        return null;
    }

    private async Task<List<BarePassage>> ReadAsync(JobContext context, SwitchPartJob part, Guid after, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(context.Tenant, cancellation);
        return await SpaceRows.BareAsync(work, part, after, options.Value.Batch, cancellation);
    }

    private static HalfVector Halves(Embedding<float> vector)
    {
        var halves = new Half[vector.Dimensions];
        System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(vector.Vector.Span, halves);
        return new(halves);
    }
}
