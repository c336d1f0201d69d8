using AiSaas.Contracts.Usage;
using AiSaas.Core.Chat;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Usage;

/// <summary>What calls of models used and cost, from the ledger's hours.</summary>
public sealed class UsageReports(TenantDatabase database)
{
    /// <summary>More groups than anyone reads; the dearest come first.</summary>
    private const int MostRows = 1_000;

    public static IReadOnlyList<string> Groupings { get; } = ["tenant", "user", "key", "feature", "model", "provider", "day"];

    /// <param name="tenant">Whose calls.</param>
    /// <param name="user">Only this person's; null for the whole workspace.</param>
    /// <param name="from">To the hour, included.</param>
    /// <param name="to">To the hour, not included.</param>
    /// <param name="groupBy">One of <see cref="Groupings"/>.</param>
    /// <param name="cancellation">Cancels the query.</param>
    public async Task<UsageReport> ReadAsync(
        TenantId tenant, UserId? user, DateTimeOffset from, DateTimeOffset to, string groupBy, CancellationToken cancellation)
    {
        var (group, label, order) = Grouping(groupBy);
        await using var work = await database.BeginAsync(tenant, cancellation);
        var rows = await work.QueryAsync(
            $"""
            with sums as (
                select {group} as grp, grouping({group}) as is_total, sum(calls), sum(failed), sum(cache_hits), sum(input_tokens),
                    sum(output_tokens), sum(cached_tokens), sum(cache_write_tokens), sum(reasoning_tokens), sum(estimated), sum(unpriced),
                    sum(cost_nanos) as cost, sum(saved_nanos) as saved
                from usage_hours
                where tenant_id = $1 and hour >= $2 and hour < $3 and ($4::text is null or user_label = $4)
                group by rollup ({group}))
            select sums.*, {label} as label from sums order by is_total desc, {order} limit {MostRows + 1}
            """,
            Read, cancellation, tenant, from.UtcDateTime, to.UtcDateTime, SqlParameter.Typed(NpgsqlDbType.Text, user?.ToString()));
        var total = rows is [(var sum, true), ..] ? sum with { Group = "total", Label = null } : Nothing;
        return new(from, to, groupBy, [.. rows.Where(row => !row.IsTotal).Select(row => row.Row)], total);
    }

    private static UsageRow Nothing { get; } =
        new("total", null, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, MessageReader.Dollars(0), MessageReader.Dollars(0));

    // Fixed fragments by a fixed list: nothing of the caller's gets into the text.
    private static (string Group, string Label, string Order) Grouping(string groupBy)
    {
        const string Dearest = "cost desc, grp";
        return groupBy switch
        {
            "user" => ("user_label", "(select email from users u where u.id::text = grp)", Dearest),
            "key" => ("key_id::text", "(select name from api_keys k where k.id::text = grp)", Dearest),
            "feature" => ("feature", "null::text", Dearest),
            "model" => ("model", "null::text", Dearest),
            "provider" => ("provider", "null::text", Dearest),
            "day" => ("to_char(hour at time zone 'UTC', 'YYYY-MM-DD')", "null::text", "grp"),
            _ => ("tenant_id::text", "(select name from tenants t where t.id::text = grp)", Dearest),
        };
    }

    private static (UsageRow Row, bool IsTotal) Read(NpgsqlDataReader row)
    {
        long Sum(int column) => row.IsDBNull(column) ? 0 : (long)row.GetDecimal(column);
        long input = Sum(5), output = Sum(6);
        return (
            new(row.IsDBNull(0) ? "" : row.GetString(0), row.IsDBNull(14) ? null : row.GetString(14), Sum(2), Sum(3), Sum(4),
                input + output, input, output, Sum(7), Sum(8), Sum(9), Sum(10), Sum(11),
                MessageReader.Dollars(Sum(12)), MessageReader.Dollars(Sum(13))),
            row.GetInt32(1) == 1);
    }
}
