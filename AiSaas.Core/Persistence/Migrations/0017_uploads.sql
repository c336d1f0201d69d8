-- Uploads: archives and mails whose parts are documents of their own, new versions of a document that is there already, and
-- files that arrive in pieces (tus).

-- What a document came in. Deleting an archive deletes what was in it.
alter table documents
    add column parent_id uuid,
    -- The outermost one: limits hold over all that comes of one upload, however deep it is packed.
    add column root_id uuid,
    -- Where in the parent: its path or number there. With it an interrupted reading finds what it has made already.
    add column entry text check (length(entry) between 1 and 600),
    -- The parent's version that had this entry last.
    add column parent_version bigint,
    add check ((parent_id is null) = (entry is null) and (parent_id is null) = (root_id is null)),
    add foreign key (tenant_id, parent_id) references documents (tenant_id, id) on delete cascade;
create unique index documents_of_parent on documents (tenant_id, parent_id, entry) where parent_id is not null;
create index documents_of_root on documents (tenant_id, root_id) where root_id is not null;
-- Is a document of this name here already?
create index documents_by_name on documents (tenant_id, collection_id, name) where parent_id is null;

alter table documents drop constraint documents_stage_check;
alter table documents add check (
    stage in ('queued', 'unpacking', 'contents', 'parsing', 'chunking', 'embedding', 'ready', 'failed'));
alter table documents drop constraint documents_staged_stage_check;
alter table documents add check (staged_stage in ('unpacking', 'parsing', 'chunking'));

-- The original of the version that search still sees while a newer upload is being read, with what the document's row said of
-- it: it comes back if the newer one can't be read. Null for the original itself.
alter table files add column superseded jsonb;
drop index files_of_document;
create unique index files_of_document on files (tenant_id, document_id) where superseded is null;
create unique index files_superseded on files (tenant_id, document_id) where superseded is not null;

-- Files that come in pieces, over as many connections as it takes.
create table uploads (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    collection_id uuid not null,
    -- Where the bytes are while they come; null once they belong to a document, or were refused.
    file_id uuid,
    name text not null check (length(name) between 1 and 255),
    -- As the client sent it, to be given back.
    metadata text check (length(metadata) <= 4096),
    keep_duplicates boolean not null default false,
    bytes bigint not null check (bytes >= 0),
    received bigint not null default 0 check (received between 0 and bytes),
    -- One connection at a time: who has it, and until when it need not be heard of.
    writer uuid,
    writer_until timestamptz,
    -- What became of it: UploadedDocument.
    outcome jsonb,
    document_id uuid,
    created_by uuid references users on delete set null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    unique (tenant_id, id),
    foreign key (tenant_id, collection_id) references collections (tenant_id, id) on delete cascade,
    foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade
) with (fillfactor = 70);
create index uploads_of_tenant on uploads (tenant_id) where outcome is null;
create index uploads_of_collection on uploads (tenant_id, collection_id);
create index uploads_of_document on uploads (tenant_id, document_id) where document_id is not null;
create index uploads_age on uploads (expires_at);
call app.wall('uploads');

-- Over all tenants, some at once: what nobody went on with, and the records of what was.
create function app.expire_uploads(amount integer) returns integer
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        with old as materialized (
            select u.tenant_id, u.id, u.file_id from uploads u
            where u.expires_at < now() and (u.writer_until is null or u.writer_until < now())
            order by u.expires_at limit amount for update skip locked),
        stored as (delete from files f using old where f.tenant_id = old.tenant_id and f.id = old.file_id and f.document_id is null returning 1),
        gone as (delete from uploads u using old where u.tenant_id = old.tenant_id and u.id = old.id returning 1)
        select count(*)::integer from gone
    $$;
revoke all on all functions in schema app from public;
