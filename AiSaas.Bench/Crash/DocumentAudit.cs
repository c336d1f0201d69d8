namespace AiSaas.Bench.Crash;

/// <summary>Each document is ready with just the passages that it has when nothing goes wrong; nothing else is there.</summary>
internal sealed class DocumentAudit(Rows rows, Accepted accepted, IReadOnlyList<TenantCaller> tenants, Reference reference)
{
    public static async Task<IReadOnlyDictionary<int, IReadOnlyList<string>>> ReferenceAsync(Rows rows, CancellationToken cancellation) =>
        (await PassagesAsync(rows, $"where d.name like '{TestDocument.Reference}%'", cancellation))
            .GroupBy(one => one.Key.Name[^4] - '0')
            .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group.First().Value.Select(passage => passage.Text)]);

    public async Task AddAsync(AuditSheet sheet, CancellationToken cancellation)
    {
        var documents = (await rows.ReadAsync(
            "select id, name, status, stage, coalesce(error_code, ''), staged_stage is not null, coalesce(chunks, -1), version, bytes, tenant_id from documents",
            row => (Id: row.GetGuid(0), Name: row.GetString(1), Status: row.GetString(2), Stage: row.GetString(3), Error: row.GetString(4),
                Staged: row.GetBoolean(5), Chunks: row.GetInt32(6), Tenant: row.GetGuid(9)), cancellation)).ToDictionary(one => one.Id);
        var sent = accepted.Documents.ToList();
        sheet.Add("documents are there", sent.Count, sent
            .Where(one => !documents.TryGetValue(one.Id, out var found) || found.Tenant != tenants[one.Tenant].Tenant)
            .Select(one => $"{one.Mark} {one.Id} is not"));
        sheet.Add("documents are ready", documents.Count, documents.Values
            .Where(one => (one.Status, one.Stage, one.Staged) != ("ready", "ready", false))
            .Select(one => $"{one.Name} {one.Id} is {one.Status}/{one.Stage}{(one.Staged ? ", staged" : "")} {one.Error}"));
        var passages = await PassagesAsync(rows, "", cancellation);
        sheet.Add("passages are exact", passages.Values.Sum(list => list.Count), documents.Values
            .Where(one => one.Status == "ready")
            .Select(one => Fault(one.Name, one.Chunks, passages.GetValueOrDefault((one.Id, one.Name)) ?? [])).OfType<string>());
        sheet.Add("no leftovers", documents.Count, await rows.WordsAsync(Leftovers, cancellation));
        sheet.Add("word statistics", 1, await rows.WordsAsync(Statistics, cancellation));
    }

    private string? Fault(string name, int counted, IReadOnlyList<Passage> found)
    {
        string[] expected = [.. reference.Passages[name[^4] - '0'].Select(text => text.Replace(TestDocument.Reference, name[..10], StringComparison.Ordinal))];
        return found.Any(passage => !passage.HasVector) ? $"{name}: passages without a vector"
            : counted != found.Count ? $"{name}: says {counted} passages, has {found.Count}"
            : expected.SequenceEqual(found.Select(passage => passage.Text)) ? null
            : $"{name}: {found.Count} passages that differ from the expected {expected.Length}";
    }

    private static async Task<Dictionary<(Guid Id, string Name), List<Passage>>> PassagesAsync(Rows rows, string where, CancellationToken cancellation) =>
        (await rows.ReadAsync(
            $"""
            select d.id, d.name, c.text, c.embedding is not null and exists (
                    select from vector_passages v where v.tenant_id = c.tenant_id and v.chunk_id = c.id and v.version = c.version)
                and exists (select from lexical_passages l where l.tenant_id = c.tenant_id and l.chunk_id = c.id and l.version = c.version)
            from documents d join chunks c on c.tenant_id = d.tenant_id and c.document_id = d.id {where} order by d.id, c.version, c.ordinal
            """,
            row => (Key: (row.GetGuid(0), row.GetString(1)), Passage: new Passage(row.GetString(2), row.GetBoolean(3))), cancellation))
        .GroupBy(one => one.Key).ToDictionary(group => group.Key, group => group.Select(one => one.Passage).ToList());

    private const string Leftovers =
        """
        select 'chunk of another version', c.document_id, c.version from chunks c join documents d on d.id = c.document_id where c.version is distinct from d.version
        union all select 'page of another version', p.document_id, p.version from document_pages p join documents d on d.id = p.document_id where p.version is distinct from d.version
        union all select 'word without passage', l.document_id, l.version from lexical_passages l where not exists (select from chunks c where c.id = l.chunk_id)
        union all select 'vector without passage', v.document_id, v.version from vector_passages v where not exists (select from chunks c where c.id = v.chunk_id)
        union all select 'document without file', d.id, d.version from documents d where not exists (
            select from files f where f.document_id = d.id and f.bytes = d.bytes
                and f.bytes = (select sum(length(b.content)) from file_blocks b where b.file_id = f.id))
        union all select 'document without its job', d.id, d.version from documents d where not exists (select from jobs j where j.id = d.job_id)
        union all select 'job without its document', j.id, j.fence from jobs j where j.kind = 'ingest' and not exists (select from documents d where d.job_id = j.id)
        """;

    // Counted up and down by every publication: a doubled or a lost one shows here for ever.
    private const string Statistics =
        """
        select 'passages', l.tenant_id, l.language, l.passages, coalesce(f.passages, 0), l.length, coalesce(f.length, 0)
        from lexicons l left join (
            select lexicon, count(*) as passages, sum(length) as length from lexical_passages where length > 0 group by 1) f on f.lexicon = l.number
        where l.passages <> coalesce(f.passages, 0) or l.length <> coalesce(f.length, 0)
        union all
        select 'term', t.tenant_id, t.term, t.passages, coalesce(f.passages, 0), 0, 0
        from lexicon_terms t left join (
            select p.lexicon, w.term, count(*) as passages from lexical_passages p, unnest(tsvector_to_array(p.lexemes)) as w (term)
            group by 1, 2) f on f.lexicon = t.lexicon and f.term = t.term
        where t.passages <> coalesce(f.passages, 0)
        """;

    private sealed record Passage(string Text, bool HasVector);
}
