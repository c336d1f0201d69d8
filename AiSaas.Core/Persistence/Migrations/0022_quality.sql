-- The retrieval bench in the product: what was searched and found, golden questions, evaluations of them, settings behind a gate.

-- One row a search. Written in batches behind the searches; bounded in age and in number for each workspace.
create table query_records (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    source text not null check (source in ('search', 'answer', 'lab')),
    user_id uuid references users on delete set null,
    -- A question asked in a conversation goes with it.
    conversation_id uuid,
    question text not null check (length(question) <= 2000),
    phrasings text[] not null default '{}',
    collection_ids uuid[] not null default '{}',
    -- The filter's documents; deleting one takes it out.
    document_ids uuid[] not null default '{}',
    content_types text[] not null default '{}',
    settings jsonb not null,
    space text,
    degraded text,
    rerank text,
    hits integer not null,
    timings jsonb not null,
    total_ms real not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade
);
create index query_records_newest on query_records (tenant_id, id desc);
create index query_records_user on query_records (tenant_id, user_id, id desc);
create index query_records_empty on query_records (tenant_id, id desc) where hits = 0;
create index query_records_conversation on query_records (tenant_id, conversation_id) where conversation_id is not null;
create index query_records_age on query_records (created_at);
call app.wall('query_records');

-- What a search found, with its raw scores. The words themselves stay in the document: deleting it takes these along.
create table query_hits (
    tenant_id uuid not null,
    query_id uuid not null,
    rank integer not null,
    -- Its place by the fused score, before reranking.
    fused_rank integer not null,
    document_id uuid not null,
    collection_id uuid not null,
    chunk_id uuid not null,
    page integer not null,
    start_offset integer not null,
    end_offset integer not null,
    score double precision not null,
    lexical double precision,
    vector double precision,
    coverage double precision not null,
    relevance double precision not null,
    -- What neighbouring words added to the lexical score, and what a reranker gave.
    proximity double precision not null,
    reranked double precision,
    primary key (tenant_id, query_id, rank),
    foreign key (tenant_id, query_id) references query_records (tenant_id, id) on delete cascade,
    foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade
);
create index query_hits_document on query_hits (tenant_id, document_id);
call app.wall('query_hits');

-- Records of any workspaces at once, as a JSON array. A document or conversation that has gone meanwhile is not written of.
create function app.record_queries(records jsonb, most integer) returns integer
    language plpgsql volatile security definer set search_path = public, pg_temp
    as $$
declare
    written integer;
    whose uuid;
    kept jsonb;
begin
    select coalesce(jsonb_agg(r), '[]') into kept from jsonb_array_elements(records) r
        where exists (select from tenants t where t.id = (r->>'tenant')::uuid)
            and (r->>'conversation' is null or exists (
                select from conversations c where c.tenant_id = (r->>'tenant')::uuid and c.id = (r->>'conversation')::uuid));
    insert into query_records (id, tenant_id, source, user_id, conversation_id, question, phrasings, collection_ids, document_ids,
            content_types, settings, space, degraded, rerank, hits, timings, total_ms, created_at)
        select (r->>'id')::uuid, (r->>'tenant')::uuid, r->>'source',
            (select u.id from users u where u.id = (r->>'user')::uuid), (r->>'conversation')::uuid, r->>'question',
            array(select jsonb_array_elements_text(r->'phrasings')),
            array(select c.id from jsonb_array_elements_text(r->'collections') w(id)
                join collections c on c.tenant_id = (r->>'tenant')::uuid and c.id = w.id::uuid),
            array(select d.id from jsonb_array_elements_text(r->'documents') w(id)
                join documents d on d.tenant_id = (r->>'tenant')::uuid and d.id = w.id::uuid),
            array(select jsonb_array_elements_text(r->'contentTypes')),
            r->'settings', r->>'space', r->>'degraded', r->>'rerank', (r->>'found')::integer, r->'timings', (r->>'totalMs')::real,
            (r->>'at')::timestamptz
        from jsonb_array_elements(kept) r
        on conflict do nothing;
    get diagnostics written = row_count;
    insert into query_hits (tenant_id, query_id, rank, fused_rank, document_id, collection_id, chunk_id, page, start_offset, end_offset,
            score, lexical, vector, coverage, relevance, proximity, reranked)
        select (r->>'tenant')::uuid, (r->>'id')::uuid, h.rank, h."fusedRank", d.id, d.collection_id, h.chunk, h.page, h.start, h."end",
            h.score, h.lexical, h.vector, h.coverage, h.relevance, h.proximity, h.reranked
        from jsonb_array_elements(kept) r
            cross join lateral jsonb_to_recordset(r->'hits') h(
                rank integer, "fusedRank" integer, document uuid, chunk uuid, page integer, start integer, "end" integer,
                score float8, lexical float8, vector float8, coverage float8, relevance float8, proximity float8, reranked float8)
            join documents d on d.tenant_id = (r->>'tenant')::uuid and d.id = h.document
        for key share of d skip locked
        on conflict do nothing;
    -- Only so many a workspace: the oldest make room.
    for whose in select distinct (r->>'tenant')::uuid from jsonb_array_elements(kept) r loop
        delete from query_records q where q.tenant_id = whose and q.id <= (
            select o.id from query_records o where o.tenant_id = whose order by o.id desc offset most limit 1);
    end loop;
    return written;
end $$;

-- What has had its time, over all workspaces, some at once.
create function app.expire_queries(amount integer, keep interval) returns integer
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        with old as materialized (
            select q.id from query_records q where q.created_at < now() - keep order by q.created_at limit amount for update skip locked),
        gone as (delete from query_records q using old where q.id = old.id returning 1)
        select count(*)::integer from gone
    $$;

-- Questions whose right passages people have said.
create table golden_questions (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    collection_id uuid not null,
    question text not null check (length(question) between 1 and 2000),
    tags text[] not null default '{}',
    version integer not null default 1,
    created_by uuid references users on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, collection_id) references collections (tenant_id, id) on delete cascade
);
create unique index golden_questions_once on golden_questions (tenant_id, collection_id, md5(question));
create index golden_questions_newest on golden_questions (tenant_id, collection_id, id desc);
call app.wall('golden_questions');

-- Bound to the document's name and its words, so that reading the document anew changes nothing.
create table golden_expectations (
    tenant_id uuid not null,
    question_id uuid not null,
    ordinal integer not null,
    collection_id uuid not null,
    document_name text not null check (length(document_name) between 1 and 255),
    page integer check (page > 0),
    start_offset integer check (start_offset >= 0),
    end_offset integer check (end_offset > start_offset),
    quote text check (length(quote) between 1 and 4000),
    -- The document was deleted, and its words with it: page and offsets still say where they stood.
    quote_erased boolean not null default false,
    primary key (tenant_id, question_id, ordinal),
    foreign key (tenant_id, question_id) references golden_questions (tenant_id, id) on delete cascade,
    check ((start_offset is null) = (end_offset is null) and (start_offset is null or page is not null))
);
create index golden_expectations_document on golden_expectations (tenant_id, collection_id, document_name) where quote is not null;
call app.wall('golden_expectations');

-- What a workspace's searches use: one row for the whole (no collection), one for each collection that differs.
create table retrieval_settings (
    tenant_id uuid not null references tenants on delete cascade,
    collection_id uuid,
    -- Grows with every change, so that of two writers one is told.
    version integer not null default 1,
    applied jsonb not null default '{}',
    draft jsonb,
    applied_at timestamptz,
    applied_by uuid references users on delete set null,
    updated_at timestamptz not null default now(),
    unique nulls not distinct (tenant_id, collection_id),
    foreign key (tenant_id, collection_id) references collections (tenant_id, id) on delete cascade
);
call app.wall('retrieval_settings');

-- What was applied when, by whom, and whether past the gate.
create table retrieval_settings_changes (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    collection_id uuid,
    settings jsonb not null,
    previous jsonb not null,
    run_id uuid,
    forced boolean not null default false,
    note text check (length(note) <= 500),
    applied_by uuid references users on delete set null,
    applied_at timestamptz not null default now(),
    foreign key (tenant_id, collection_id) references collections (tenant_id, id) on delete cascade
);
create index retrieval_settings_changes_newest on retrieval_settings_changes (tenant_id, collection_id, id desc);
call app.wall('retrieval_settings_changes');

create table evaluation_runs (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    -- Null: the golden questions of all collections, searched over the whole workspace.
    collection_id uuid,
    job_id uuid not null,
    status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'canceled')),
    purpose text not null check (purpose in ('applied', 'draft', 'baseline')),
    settings jsonb not null,
    -- The same questions with the applied settings, in the same job: what a draft is compared with.
    baseline_id uuid,
    -- Of the golden questions when it began.
    fingerprint text not null default '',
    -- Who answers for the citations' sake; null: nobody.
    model text,
    questions integer not null default 0,
    skipped integer not null default 0,
    figures jsonb,
    error_code text,
    error_detail text,
    created_by uuid references users on delete set null,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    unique (tenant_id, id),
    foreign key (tenant_id, collection_id) references collections (tenant_id, id) on delete cascade
);
create index evaluation_runs_newest on evaluation_runs (tenant_id, collection_id, id desc);
-- One at a time for a scope.
create unique index evaluation_runs_active on evaluation_runs (tenant_id, collection_id) nulls not distinct
    where status in ('queued', 'running') and purpose <> 'baseline';
create index evaluation_runs_job on evaluation_runs (tenant_id, job_id);
call app.wall('evaluation_runs');

create table evaluation_results (
    tenant_id uuid not null,
    run_id uuid not null,
    question_id uuid not null,
    question_version integer not null,
    question text not null,
    -- Why it has no figures, where it has none.
    skipped text,
    expected integer not null,
    found integer not null,
    first_rank integer,
    ndcg double precision not null,
    recall double precision not null,
    recall_at_limit double precision not null,
    reciprocal_rank double precision not null,
    citations integer,
    verified integer,
    cites_expected boolean,
    latency_ms double precision not null,
    primary key (tenant_id, run_id, question_id),
    foreign key (tenant_id, run_id) references evaluation_runs (tenant_id, id) on delete cascade
);
call app.wall('evaluation_results');

revoke all on all functions in schema app from public;
