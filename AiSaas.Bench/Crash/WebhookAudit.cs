namespace AiSaas.Bench.Crash;

/// <summary>Each job's end is told once to whoever subscribed: one message, delivered; heard at least once, under one id.</summary>
internal sealed class WebhookAudit(Rows rows, MoodyProvider receiver)
{
    public async Task AddAsync(AuditSheet sheet, CancellationToken cancellation)
    {
        var sent = await rows.ReadAsync(
            "select id, event, status, tries from webhook_deliveries",
            row => (Id: row.GetGuid(0), Event: row.GetString(1), Status: row.GetString(2), Tries: row.GetInt32(3)), cancellation);
        sheet.Add("ends are told", sent.Count, await rows.WordsAsync(
            """
            select j.id, j.kind, j.status, (select count(*) from webhook_deliveries d where d.subject_id = j.id and d.event = 'job.' || j.status) as told
            from jobs j
            where j.parent_id is null and j.kind <> 'webhook' and j.status in ('succeeded', 'failed', 'dead', 'canceled')
                and (select count(*) from webhook_deliveries d where d.subject_id = j.id and d.event = 'job.' || j.status) <> 1
            """, cancellation));
        sheet.Add("messages are delivered", sent.Count, sent.Where(one => one.Status != "delivered").Select(one => $"{one.Id} {one.Event} is {one.Status} after {one.Tries}"));
        var heard = receiver.Heard.Keys.ToHashSet();
        sheet.Add("messages were heard", heard.Count, sent
            .Where(one => one.Status == "delivered" && !heard.Any(id => id.Contains(one.Id.ToString("D"), StringComparison.Ordinal) || id.Contains(one.Id.ToString("N"), StringComparison.Ordinal)))
            .Select(one => $"{one.Id} {one.Event} is delivered and was not heard"));
    }
}
