-- Documents from the web: addresses, the pages found there, when each was asked and what it answered.

alter table jobs
    drop constraint jobs_queue_check,
    add constraint jobs_queue_check
        check (queue in ('ingest', 'chat', 'batch', 'evals', 'maintenance', 'webhooks', 'sources'));

-- Where a document was fetched, and the character set that the server named (its word counts more than the page's own).
alter table documents add column url text check (length(url) <= 2048), add column charset text check (length(charset) <= 40);

create table sources (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    collection_id uuid not null,
    -- Normalised: of one address a collection has one source. ASCII, so that the index has room for it.
    url text not null check (octet_length(url) between 1 and 2048),
    -- How many links from the start a page may be; 0 is that page alone.
    depth integer not null check (depth between 0 and 100),
    max_pages integer not null check (max_pages between 1 and 1000000),
    -- Of the walk that is under way, or of the last one.
    status text not null check (status in ('queued', 'running', 'ready', 'failed')),
    job_id uuid,
    walk integer not null default 0,
    error_code text,
    error_detail text,
    -- The site has more pages than were asked for.
    limited boolean not null default false,
    -- The row in job_schedules that fetches it again; a source's schedule goes with it (trigger below).
    schedule_id uuid,
    -- Whose pages are taken: the origin of the start, after its redirects.
    site text not null check (octet_length(site) <= 512),
    -- robots.txt of that site as this walk has read it; null where it has not.
    robots text,
    robots_of text,
    robots_walk integer,
    walked_at timestamptz,
    created_by uuid references users on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (tenant_id, id),
    unique (tenant_id, collection_id, url),
    foreign key (tenant_id, collection_id) references collections (tenant_id, id) on delete cascade
);
create index sources_of_schedule on sources (tenant_id, schedule_id) where schedule_id is not null;
call app.wall('sources');

create table source_pages (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    source_id uuid not null,
    url text not null check (octet_length(url) between 1 and 2048),
    depth integer not null,
    -- What was last learned of it. alias: another name of a page that is here.
    state text not null default 'waiting'
        check (state in ('waiting', 'fetched', 'duplicate', 'alias', 'skipped', 'gone', 'failed')),
    -- The frontier: pages that this walk has still to ask, and from when on. Null: done.
    due_at timestamptz,
    attempts integer not null default 0,
    etag text,
    last_modified text,
    sha256 bytea,
    document_id uuid,
    error_code text,
    error_detail text,
    fetched_at timestamptz,
    changed_at timestamptz,
    created_at timestamptz not null default now(),
    unique (tenant_id, source_id, url),
    foreign key (tenant_id, source_id) references sources (tenant_id, id) on delete cascade,
    foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete set null (document_id)
);
-- Breadth first: ids are by time.
create index source_pages_frontier on source_pages (tenant_id, source_id, depth, id) where due_at is not null;
create index source_pages_of_document on source_pages (tenant_id, document_id) where document_id is not null;
create index source_pages_by_content on source_pages (tenant_id, source_id, sha256) where document_id is not null;
call app.wall('source_pages');

create function app.delete_source_schedule() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
    as $$
    begin
        delete from job_schedules s where s.tenant_id = old.tenant_id and s.id = old.schedule_id;
        return null;
    end $$;
create trigger sources_schedule_goes_too after delete on sources for each row
    when (old.schedule_id is not null) execute function app.delete_source_schedule();
