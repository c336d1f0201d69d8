using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>Fetches what a request refers to: the turns before it, and items by id.</summary>
public sealed class ResponseTurns(TenantDatabase database)
{
    /// <summary>How long a conversation can get, and how much of it a request can carry.</summary>
    public const int Most = 200;

    public const int MostBytes = 32 * 1024 * 1024;

    /// <returns>The context, or why it can't be had.</returns>
    public async Task<(ResponseContext? Context, GatewayError? Refusal)> FetchAsync(
        TenantId tenant, UserId user, ResponseRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.PreviousId is null && request.References.Count == 0)
        {
            return (ResponseContext.None, null);
        }

        await using var work = await database.BeginAsync(tenant, cancellation);
        var (turns, refusal) = await TurnsAsync(work, user, request.PreviousId, cancellation);
        if (turns is null)
        {
            return (null, refusal);
        }

        List<string> references = [.. request.References];
        foreach (var turn in turns)
        {
            using var earlier = ResponseRequest.Read(turn.Request);
            references.AddRange(earlier.References);
        }

        var items = await ResponseStore.FindItemsAsync(work, user, references, cancellation);
        return request.References.FirstOrDefault(id => !items.ContainsKey(id)) is { } missing
            ? (null, new(404, "item_not_found", $"Item with id '{Shown(missing)}' not found. Items of responses with `store` set to false are not kept.", "input"))
            : (new ResponseContext(turns, items), null);
    }

    private static async Task<(List<StoredTurn>?, GatewayError?)> TurnsAsync(
        TenantWork work, UserId user, string? previous, CancellationToken cancellation)
    {
        if (previous is null)
        {
            return ([], null);
        }

        // The chain first, then its rows: carrying bodies through the recursion would copy them at every step.
        var chain = await work.QueryAsync(
            """
            with recursive chain as (
                select r.id, r.previous_id, 1 as depth from responses r
                where r.tenant_id = $1 and r.user_id = $2 and r.id = $3 and r.expires_at > now()
                union all
                select r.id, r.previous_id, c.depth + 1 from chain c join responses r on r.id = c.previous_id
                where r.tenant_id = $1 and r.user_id = $2 and r.expires_at > now() and c.depth <= $4)
            select c.id, c.previous_id, r.status, octet_length(r.request) + octet_length(r.response)
            from chain c join responses r on r.tenant_id = $1 and r.id = c.id order by c.depth desc
            """,
            row => (Id: row.GetString(0), Previous: row.IsDBNull(1) ? null : row.GetString(1), Status: row.GetString(2), Bytes: row.GetInt32(3)),
            cancellation, work.Tenant, user, previous, Most);
        if (chain.Count == 0 || (chain.Count <= Most && chain[0].Previous is not null))
        {
            return (null, NotFound(chain.Count == 0 ? previous : chain[0].Previous!));
        }

        if (chain.Count > Most || chain.Sum(turn => (long)turn.Bytes) > MostBytes)
        {
            return (null, new(400, "context_length_exceeded", $"A conversation has at most {Most} turns and {MostBytes / 1024 / 1024} MB here.", "previous_response_id"));
        }

        if (chain.Find(turn => turn.Status is not ("completed" or "incomplete")) is { Id: { } unfinished, Status: var status })
        {
            return (null, new(400, "invalid_previous_response", $"Response '{unfinished}' can't be continued: it is {status}.", "previous_response_id"));
        }

        var turns = await work.QueryAsync(
            """
            select r.request, r.response from unnest($2) with ordinality as c (id, place)
                join responses r on r.tenant_id = $1 and r.id = c.id order by c.place
            """,
            row => new StoredTurn(row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1)),
            cancellation, work.Tenant, chain.Select(turn => turn.Id).ToArray());
        return (turns, null);
    }

    private static GatewayError NotFound(string id) =>
        new(400, "previous_response_not_found", $"Previous response with id '{Shown(id)}' not found.", "previous_response_id");

    private static string Shown(string id) => id.Length > 100 ? id[..100] + "…" : id;
}
