using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Quality;

/// <summary>What settings and evaluations are of: a collection, or the workspace as a whole.</summary>
/// <param name="Collection">Null for the workspace: searches that name no collection, or several.</param>
public readonly record struct QualityScopeId(CollectionId? Collection)
{
    public const string Workspace = "workspace";

    public static QualityScopeId Whole => default;

    /// <summary>Null as a query parameter means the whole.</summary>
    internal Npgsql.NpgsqlParameter Parameter => SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Uuid, Collection?.Value);

    public static bool TryParse(string? text, out QualityScopeId scope)
    {
        scope = default;
        if (text == Workspace)
        {
            return true;
        }

        bool named = CollectionId.TryParse(text, null, out var collection);
        scope = new(collection);
        return named;
    }

    public override string ToString() => Collection?.ToString() ?? Workspace;

    /// <summary>False where the workspace has no such collection. Holds it until the transaction ends.</summary>
    internal async Task<bool> ExistsAsync(TenantWork work, CancellationToken cancellation) =>
        Collection is not { } id || await work.ScalarAsync<bool>(
            "select true from collections where tenant_id = $1 and id = $2 for key share", cancellation, work.Tenant, id);
}
