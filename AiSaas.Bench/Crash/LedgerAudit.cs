namespace AiSaas.Bench.Crash;

/// <summary>Each call that the provider saw is accounted once, at its price; nothing is held that nobody uses.</summary>
internal sealed class LedgerAudit(Rows rows, Accepted accepted, CrashStage stage)
{
    // Nano-dollars a token.
    private const long Input = 500, Output = 1500;

    // A call may have gone to both providers before its process died, and its row says only that it was under way.
    private const int MostAttempts = 3;

    public async Task AddAsync(AuditSheet sheet, CancellationToken cancellation)
    {
        var filed = await rows.ReadAsync(
            """
            select coalesce((select substring(q.text from 'q-[0-9]{8}') from messages q where q.role = 'user' and q.conversation_id::text = m.conversation), m.end_user, ''),
                m.status, jsonb_array_length(m.attempts), m.cost_nanos, m.id, m.output_tokens, m.estimated,
                (select count(*)::int from jsonb_array_elements(m.attempts) tried where tried->>'outcome' = 'succeeded' or tried ? 'status'), m.at
            from model_calls m where m.provider in ('moody', 'calm')
            """,
            row => (Mark: row.GetString(0), Status: row.GetString(1), Attempts: row.GetInt32(2), Cost: row.GetInt64(3), Id: row.GetGuid(4), Tokens: row.GetInt64(5),
                At: row.GetFieldValue<DateTimeOffset>(8),
                Estimated: row.GetBoolean(6), Arrived: row.GetInt32(7)),
            cancellation);
        var byMark = filed.ToLookup(one => one.Mark);
        List<string> missing = [], doubled = [];
        foreach (var (mark, calls) in stage.Provider.Seen)
        {
            int interrupted = byMark[mark].Count(row => row.Status == "interrupted");
            int known = byMark[mark].Where(row => row.Status != "interrupted").Sum(row => row.Attempts);
            // One that failed without an answer may never have arrived.
            int arrived = byMark[mark].Where(row => row.Status != "interrupted").Sum(row => row.Arrived);
            string words = $"{mark}: the provider saw {calls.Count} ({string.Join(' ', calls.Select(call => $"{call.Provider}:{call.Mood} {call.At:mm:ss.f}{(call.IsWhole ? " whole" : call.IsLeft ? " left" : "")}"))}), "
                + $"the ledger has {known} tries and {interrupted} interrupted calls ({string.Join(' ', byMark[mark].Select(row => $"{row.Id} {row.Status} {row.At:mm:ss.f}"))})";
            if (calls.Count > known + (interrupted * MostAttempts))
            {
                missing.Add(words);
            }

            if (arrived > calls.Count)
            {
                doubled.Add(words);
            }
        }

        sheet.Add("the provider's calls are in the ledger", stage.Provider.Seen.Sum(one => (long)one.Value.Count), missing);
        sheet.Add("none is there twice", filed.Count, doubled);
        sheet.Add("whole answers at their price", filed.Count(row => row.Status == "succeeded"), filed
            .Where(row => row.Status == "succeeded" && !row.Estimated && row.Cost != Price(row.Mark))
            .Select(row => $"call {row.Id} of {row.Mark} costs {row.Cost} and not {Price(row.Mark)}"));
        sheet.Add("hours add up to calls", filed.Count, await rows.WordsAsync(Hours, cancellation));
        var settled = await rows.WordsAsync(Messages, cancellation);
        sheet.Add("answers know their cost", accepted.Questions.Count, settled);
        if (!stage.HasKilled)
        {
            sheet.Add("nothing is held", 1, await HeldAsync(cancellation));
        }
    }

    private static long Price(string mark) => (MoodyProvider.InputTokens * Input) + (MoodyProvider.OutputTokens(mark) * Output);

    private async Task<IReadOnlyList<string>> HeldAsync(CancellationToken cancellation)
    {
        string held = await RedisWords.EvalAsync(
            stage.Redis.Port,
            "local found = {} for _, key in ipairs(redis.call('KEYS', 'aisaas:1:{g:*}:b:*')) do local held = redis.call('HGET', key, 'R') "
            + "if held and tonumber(held) ~= 0 then found[#found + 1] = key .. ' holds ' .. held end end return table.concat(found, ';')", cancellation);
        string words = held[(held.IndexOf('\n') + 1)..].Trim();
        return words.Length > 0 || held[0] == '-' ? [words.Length > 0 ? words : held] : [];
    }

    private const string Hours =
        """
        select h.tenant_id, h.calls, c.calls, h.cost, c.cost, h.tokens, c.tokens
        from (select tenant_id, sum(calls) as calls, sum(cost_nanos) as cost, sum(output_tokens) as tokens from usage_hours group by 1) h
            full join (select tenant_id, count(*) as calls, sum(cost_nanos) as cost, sum(output_tokens) as tokens from model_calls group by 1) c
                on c.tenant_id = h.tenant_id
        where (h.calls, h.cost, h.tokens) is distinct from (c.calls, c.cost, c.tokens)
        """;

    // The last attempt's calls, of those that were before it the ledger knows.
    private const string Messages =
        """
        select a.id, a.status, a.cost_nanos, c.cost
        from messages a
            join (select tenant_id, conversation, sum(cost_nanos) as cost from model_calls group by 1, 2) c
                on c.tenant_id = a.tenant_id and c.conversation = a.conversation_id::text
        where a.role = 'assistant' and a.status = 'complete' and (a.cost_nanos is null or a.cost_nanos > c.cost)
        """;
}
