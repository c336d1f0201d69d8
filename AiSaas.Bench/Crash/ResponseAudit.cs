using System.Text.Json;

namespace AiSaas.Bench.Crash;

/// <summary>Each background response ended once, with the whole answer.</summary>
internal sealed class ResponseAudit(Rows rows, Accepted accepted, IReadOnlyList<TenantCaller> tenants, MoodyProvider provider)
{
    public async Task AddAsync(AuditSheet sheet, CancellationToken cancellation)
    {
        var found = (await rows.ReadAsync(
            """
            select r.tenant_id, r.id, r.status, convert_from(r.response, 'UTF8'), coalesce(j.status, ''), convert_from(r.request, 'UTF8')
            from responses r left join jobs j on j.id = r.job_id
            """,
            row => new ResponseRow(row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5)), cancellation))
            .ToDictionary(row => row.Id);
        var begun = accepted.Responses.ToList();
        sheet.Add("responses are there", begun.Count, begun
            .Where(one => !found.TryGetValue(one.Id, out var row) || row.Tenant != tenants[one.Tenant].Tenant).Select(one => $"{one.Mark} {one.Id} is not"));
        var broken = provider.Seen.Where(one => one.Value.Any(call => call.Mood == Mood.BreaksOff)).Select(one => one.Key).ToHashSet();
        var byId = begun.ToDictionary(one => one.Id);
        sheet.Add("responses are whole", found.Count, found.Values.Select(row => Fault(row, byId.GetValueOrDefault(row.Id), broken)).OfType<string>());
    }

    private static string? Fault(ResponseRow row, BegunResponse? begun, HashSet<string> broken)
    {
        if (row.Status == "cancelled" && begun is { MayBeCanceled: true })
        {
            return row.Job is "canceled" or "succeeded" ? null : $"{row.Id} is cancelled, its job {row.Job}";
        }

        var response = JsonElement.Parse(row.Response);
        string mark = JsonElement.Parse(row.Request).GetProperty("user").GetString()!;
        if (row.Status == "failed" && broken.Contains(mark))
        {
            // The provider broke off in the middle; that is told, not hidden.
            return null;
        }

        if (row.Status != "completed" || row.Job != "succeeded" || response.GetProperty("status").GetString() != "completed")
        {
            return $"{row.Id} {mark} is {row.Status}, its job {row.Job}: {(response.TryGetProperty("error", out var error) ? error : null)}";
        }

        string text = string.Concat(response.GetProperty("output").EnumerateArray()
            .Where(item => item.GetProperty("type").GetString() == "message")
            .SelectMany(item => item.GetProperty("content").EnumerateArray()).Select(part => part.GetProperty("text").GetString()));
        return text == MoodyProvider.AnswerTo(mark) ? null : $"{row.Id} {mark} says '{text}'";
    }

    private sealed record ResponseRow(Guid Tenant, string Id, string Status, string Response, string Job, string Request);
}
