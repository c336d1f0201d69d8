namespace AiSaas.Bench.Crash;

/// <summary>Each question has one answer, whole, and its readers saw just that.</summary>
internal sealed class ChatAudit(Rows rows, Accepted accepted, IReadOnlyList<TenantCaller> tenants, Reference reference)
{
    public async Task AddAsync(AuditSheet sheet, CancellationToken cancellation)
    {
        var answers = (await rows.ReadAsync(
            """
            select a.id, a.tenant_id, q.text, a.status, a.text, r.status, j.status, a.model, coalesce(a.error_code, '')
            from messages a join messages q on q.tenant_id = a.tenant_id and q.id = a.parent_id
                left join runs r on r.tenant_id = a.tenant_id and r.id = a.run_id
                left join jobs j on j.id = r.job_id
            where a.role = 'assistant'
            """,
            row => new AnswerRow(
                row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetString(4), row.IsDBNull(5) ? "" : row.GetString(5),
                row.IsDBNull(6) ? "" : row.GetString(6), row.GetString(8)),
            cancellation)).ToDictionary(one => one.Id);
        var questions = accepted.Questions.ToList();
        var byAnswer = questions.ToDictionary(one => one.Answer);
        sheet.Add("questions have their answer", questions.Count, questions.Where(one => !answers.ContainsKey(one.Answer)).Select(one => $"{one.Mark} has none"));
        // Also those whose acceptance nobody heard of.
        sheet.Add("answers are whole", answers.Count, answers.Values.Select(one => Fault(one, byAnswer.GetValueOrDefault(one.Id))).OfType<string>());
        sheet.Add("one answer a question", answers.Count, await rows.WordsAsync(
            """
            select tenant_id, conversation_id, count(*) filter (where role = 'user') as asked, count(*) filter (where role = 'assistant') as answered,
                (select count(*) from runs r where r.conversation_id = m.conversation_id) as runs,
                (select count(*) from jobs j where j.kind = 'chat' and j.payload->>'conversation' = m.conversation_id::text) as jobs
            from messages m group by 1, 2
            having count(*) filter (where role = 'user') <> 1 or count(*) filter (where role = 'assistant') <> 1
                or (select count(*) from runs r where r.conversation_id = m.conversation_id) <> 1
            """, cancellation));
        var reads = accepted.Reads.ToList();
        sheet.Add("readers saw the stored text", reads.Count, reads
            .Where(read => read.Ended && answers.TryGetValue(read.Of.Answer, out var stored) && stored.Text != read.Text)
            .Select(read => $"{read.Of.Mark} run {read.Of.Run} read '{Short(read.Text)}', stored '{Short(answers[read.Of.Answer].Text)}' ({read.Resumed} resumed, {read.Resets} resets)"));
        sheet.Add("readers came to the end", reads.Count, reads.Where(read => !read.Ended).Select(read => $"{read.Of.Mark} run {read.Of.Run}"));
    }

    private string? Fault(AnswerRow row, AskedQuestion? asked)
    {
        bool stopped = row.Status == "stopped" && asked is { MayBeStopped: true };
        if (row.Status != "complete" && !stopped)
        {
            return $"answer {row.Id} to '{row.Question}' is {row.Status} {row.Error} (run {row.Run}, job {row.Job})";
        }

        if ((row.Run, row.Job) != (stopped ? ("stopped", "canceled") : ("succeeded", "succeeded")) && !(stopped && row.Run == "stopped"))
        {
            return $"answer {row.Id} is {row.Status}, its run {row.Run}, its job {row.Job}";
        }

        string expected = row.Question == CrashLoad.LocalQuestion
            ? reference.Answers[tenants.First(tenant => tenant.Tenant == row.Tenant).Number]
            : MoodyProvider.AnswerTo(row.Question[^11..^1]);
        return stopped
            ? expected.StartsWith(row.Text, StringComparison.Ordinal) ? null : $"stopped answer {row.Id} is no beginning of the whole one: '{Short(row.Text)}'"
            : row.Text == expected ? null : $"answer {row.Id} to '{row.Question}' is '{Short(row.Text)}' and not '{Short(expected)}'";
    }

    private static string Short(string text) => text.Length <= 60 ? text : $"{text[..25]}…{text[^25..]} ({text.Length})";

    private sealed record AnswerRow(Guid Id, Guid Tenant, string Question, string Status, string Text, string Run, string Job, string Error);
}
