using AiSaas.Contracts.Quality;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Planning;
using AiSaas.Core.Retrieval.Records;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Quality;

/// <summary>One query under one or two settings, with everything that the engine says of its hits.</summary>
public sealed class SearchLab(Retriever retriever, QueryPlanner planner, AppliedSettings applied)
{
    public const int MostSides = 2;

    public async Task<LabResponse> SearchAsync(TenantId tenant, UserId user, LabRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        CollectionId[] collections = [.. (request.CollectionIds ?? []).Select(CollectionId.From)];
        var current = await applied.OfAsync(tenant, new(collections is [var only] ? only : null), cancellation);
        List<(QueryOrigin Origin, RetrievalSettings Settings, RetrievalResult Result)> sides = [];
        RetrievalQuery asked = new(request.Query) { Collections = collections, User = user };
        // Planned once: both sides search for the same.
        asked = asked with { Plan = await planner.PlanAsync(tenant, asked, cancellation) };
        // One after the other, so that neither's timings pay for the other.
        foreach (var settings in request.Settings is { Count: > 0 } given ? given : [SettingsRules.None])
        {
            var effective = settings.Over(current);
            QueryOrigin origin = new(QuerySources.Lab, user);
            var query = (asked with { Origin = origin }).Under(effective);
            sides.Add((origin, effective with { Limit = query.Limit }, await retriever.FindAsync(tenant, query, cancellation)));
        }

        return new([.. sides.Select((side, index) => Side(side, sides.Count > 1 ? sides[1 - index].Result : null))]);
    }

    private static LabSide Side((QueryOrigin Origin, RetrievalSettings Settings, RetrievalResult Result) side, RetrievalResult? other)
    {
        var ranks = other?.Passages.Select((passage, index) => (passage.ChunkId, Rank: index + 1)).ToDictionary(one => one.ChunkId, one => one.Rank);
        return new(
            side.Origin.Id.Value, side.Settings,
            [.. side.Result.Passages.Select((passage, index) => new LabHit(
                index + 1, passage.FusedRank, passage.ChunkId.Value, passage.DocumentId.Value, passage.CollectionId.Value, passage.DocumentName,
                passage.Section, passage.Page, passage.Start, passage.End, passage.Text, passage.Score, passage.Lexical, passage.Vector,
                passage.Proximity, passage.Coverage, passage.Relevance, passage.Reranked, ranks is not null && ranks.TryGetValue(passage.ChunkId, out int rank) ? rank : null))],
            side.Result.Shown(), side.Result.Space, side.Result.Degraded);
    }
}
