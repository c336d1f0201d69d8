-- Nothing is read or embedded twice in a workspace, and a very long document becomes searchable in steps that nobody waits for.
--
--   same bytes, same way of reading  ──▶ pages, passages and vectors are copied from the document that has them (documents.reading)
--   same text, same embedding space  ──▶ its vector comes from embedding_cache
--   many passages                    ──▶ indexed by slices under index_stages, which search does not show, until the version is swapped in

create table embedding_cache (
    tenant_id uuid not null references tenants on delete cascade,
    space text not null,
    -- SHA-256 of the UTF-8 of exactly what was embedded.
    hash bytea not null check (length(hash) = 32),
    -- Which document brought the text. The entry goes with it, whoever else has the text: that costs an embedding, and no trace stays.
    document_id uuid not null,
    embedding halfvec not null,
    primary key (tenant_id, space, hash),
    foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade
);
alter table embedding_cache alter column embedding set storage main;
-- A document's id begins with the time it came at: in this order the oldest go first where a workspace has too many.
create index embedding_cache_document on embedding_cache (tenant_id, document_id);
call app.wall('embedding_cache');
-- An entry is right for ever.
revoke update on embedding_cache from aisaas_app;

-- How a version was read: a digest of the parsers' and the chunker's release, their settings and what of the name matters to them.
alter table documents add reading text, add staged_reading text;
-- Where one document's pages are looked for in another.
create index documents_readings on documents (tenant_id, sha256) where version is not null and reading is not null;

-- Versions that are in the index in part. A row here hides them from search; swapping the version in removes it.
create table index_stages (
    tenant_id uuid not null references tenants on delete cascade,
    document_id uuid not null,
    version bigint not null,
    -- The last passage of it, by ordinal, that is indexed.
    indexed integer not null,
    primary key (tenant_id, document_id, version),
    foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade
);
call app.wall('index_stages');

-- A condition for app.search, on p.document_id and p.version, that leaves out what is in the index in part; empty where nothing is,
-- which is nearly always. Text, so that the planner sees few constants and not a join.
create function app.visible_only() returns text
    language sql stable security definer set search_path = public, pg_temp
    as $$
        select coalesce(' and (p.document_id, p.version) not in (' || string_agg(format('(%L::uuid, %s)', document_id, version), ', ') || ')', '')
        from index_stages where tenant_id = app.tenant()
    $$;

-- app.search as 0004 has it, with that condition among its filters.
do $$
declare
    was text := pg_get_functiondef('app.search(text,text,halfvec,uuid[],uuid[],text[],integer)'::regprocedure);
    becomes text := replace(was, E'    if question_vector is not null then\n', E'    filters := filters || app.visible_only();\n\n    if question_vector is not null then\n');
begin
    if becomes = was then
        raise exception 'app.search is not as 0004 left it';
    end if;
    execute becomes;
end $$;

-- Takes what has had its time out of the cache, and everything beyond so many entries a workspace, oldest documents first; a bounded
-- number at once. Returns how many went.
create function app.expire_embeddings(most_age interval, most_entries bigint, at_once integer) returns integer
    language plpgsql volatile security definer set search_path = public, pg_temp
    as $$
declare
    -- The least UUIDv7 of that time.
    oldest constant uuid := (lpad(to_hex((extract(epoch from now() - most_age) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid;
    crowded record;
    gone integer;
    all_gone integer := 0;
begin
    -- One worker at a time; the others have better things to do.
    if not pg_try_advisory_xact_lock(hashtext('app.expire_embeddings')) then
        return 0;
    end if;
    for crowded in select tenant_id, count(*) entries from embedding_cache group by tenant_id
    loop
        delete from embedding_cache where (tenant_id, space, hash) in (
            select tenant_id, space, hash from embedding_cache
            where tenant_id = crowded.tenant_id and document_id < oldest
            order by document_id limit at_once - all_gone);
        get diagnostics gone = row_count;
        all_gone := all_gone + gone;
        delete from embedding_cache where (tenant_id, space, hash) in (
            select tenant_id, space, hash from embedding_cache
            where tenant_id = crowded.tenant_id
            order by document_id limit least(at_once - all_gone, greatest(0, crowded.entries - gone - most_entries)));
        get diagnostics gone = row_count;
        all_gone := all_gone + gone;
        exit when all_gone >= at_once;
    end loop;
    return all_gone;
end $$;

-- Takes out of the index what was left in it of versions that nobody works on any more: their job ended without a good end.
create function app.sweep_index_stages(at_once integer) returns integer
    language plpgsql volatile security definer set search_path = public, pg_temp
    as $$
declare
    left_over record;
    gone integer;
begin
    select s.tenant_id, s.document_id, s.version into left_over
        from index_stages s join documents d on d.tenant_id = s.tenant_id and d.id = s.document_id
        where d.status = 'failed'
        limit 1 for update of d skip locked;
    if not found then
        return 0;
    end if;
    delete from vector_passages v where v.tenant_id = left_over.tenant_id and v.document_id = left_over.document_id and v.version = left_over.version;
    delete from lexical_passages l where l.tenant_id = left_over.tenant_id and l.chunk_id in (
        select p.chunk_id from lexical_passages p
        where p.tenant_id = left_over.tenant_id and p.document_id = left_over.document_id and p.version = left_over.version limit at_once);
    get diagnostics gone = row_count;
    if gone < at_once then
        -- Its passages stay for the next attempt, which indexes them from the first on.
        delete from index_stages s where s.tenant_id = left_over.tenant_id and s.document_id = left_over.document_id and s.version = left_over.version;
        return 1;
    end if;
    update index_stages s set indexed = -1 where s.tenant_id = left_over.tenant_id and s.document_id = left_over.document_id and s.version = left_over.version;
    return gone;
end $$;

revoke all on all functions in schema app from public;
