namespace AiSaas.Bench.Crash;

/// <summary>Each item of each batch has one result, with the whole answer; the parts' counts are those of the results.</summary>
internal sealed class BatchAudit(Rows rows, Accepted accepted)
{
    public async Task AddAsync(AuditSheet sheet, CancellationToken cancellation)
    {
        var results = (await rows.ReadAsync(
            """
            select b.id, i.ordinal, i.custom_id, coalesce(r.succeeded, false), coalesce(convert_from(r.line, 'UTF8'), ''), r.ordinal is not null, j.status
            from batches b join jobs j on j.id = b.id join batch_items i on i.tenant_id = b.tenant_id and i.batch_id = b.id
                left join batch_results r on r.tenant_id = i.tenant_id and r.batch_id = i.batch_id and r.ordinal = i.ordinal
            """,
            row => (Batch: row.GetGuid(0), Item: row.GetString(2), Succeeded: row.GetBoolean(3), Line: row.GetString(4), IsThere: row.GetBoolean(5), Job: row.GetString(6)),
            cancellation)).ToLookup(one => one.Batch);
        var sent = accepted.Batches.ToList();
        sheet.Add("batches have their items", sent.Count, sent
            .Where(one => results[one.Job].Count() != one.Items).Select(one => $"{one.Mark} {one.Job} has {results[one.Job].Count()} and not {one.Items}"));
        sheet.Add("items have their results", results.Sum(batch => batch.Count()), results.SelectMany(batch => batch)
            .Where(one => !one.IsThere || !one.Succeeded || one.Job != "succeeded" || !one.Line.Contains(MoodyProvider.AnswerTo(one.Item[..10]), StringComparison.Ordinal))
            .Select(one => $"{one.Item} of {one.Batch} ({one.Job}): {one.Line}"));
        sheet.Add("parts count what is there", results.Count, await rows.WordsAsync(
            """
            select b.id, p.succeeded, p.failed, p.cost, r.succeeded, r.failed, r.cost
            from batches b
                join (select batch_id, sum(succeeded) as succeeded, sum(failed) as failed, sum(cost_nanos) as cost from batch_parts group by 1) p on p.batch_id = b.id
                left join (select batch_id, count(*) filter (where succeeded) as succeeded, count(*) filter (where not succeeded) as failed, sum(cost_nanos) as cost
                    from batch_results group by 1) r on r.batch_id = b.id
            where (p.succeeded, p.failed, p.cost) is distinct from (r.succeeded, r.failed, r.cost)
            """, cancellation));
    }
}
