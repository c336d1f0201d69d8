-- Collections, documents, their originals, pages and passages.
-- Foreign keys carry the tenant, so that no row can hang on another tenant's, whatever the code passes.

create table collections (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    name text not null check (length(name) between 1 and 200),
    description text check (length(description) <= 2000),
    sample boolean not null default false,
    created_by uuid references users on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (tenant_id, id)
);
create index collections_newest on collections (tenant_id, created_at desc, id desc);
-- POST /api/samples answers with the same collection however often, and from however many tabs at once, it is asked.
create unique index collections_one_sample on collections (tenant_id) where sample;
call app.wall('collections');

create table documents (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    collection_id uuid not null,
    name text not null check (length(name) between 1 and 255),
    content_type text not null,
    bytes bigint not null check (bytes >= 0),
    sha256 bytea not null,
    title text,
    status text not null check (status in ('queued', 'running', 'ready', 'failed')),
    stage text not null check (stage in ('queued', 'parsing', 'chunking', 'embedding', 'ready', 'failed')),
    progress real not null default 0 check (progress between 0 and 1),
    eta_seconds integer,
    error_code text,
    error_detail text,
    -- What the reader should know of a document that is ready all the same, such as pages without text.
    notice text,
    -- The version that search and readers see; null until the first one is whole.
    version bigint,
    -- The version being written and the last stage of it that is whole (the checkpoint that the next attempt starts from).
    -- Whoever writes it holds the job's fence (jobs.fence) in the same transaction.
    staged_version bigint,
    staged_stage text check (staged_stage in ('parsing', 'chunking')),
    pages integer,
    chunks integer,
    job_id uuid,
    created_by uuid references users on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    ready_at timestamptz,
    unique (tenant_id, id),
    foreign key (tenant_id, collection_id) references collections (tenant_id, id) on delete cascade
);
-- Progress is written often: room in the page keeps those updates off the indexes.
alter table documents set (fillfactor = 70);
create index documents_of_collection on documents (tenant_id, collection_id, id desc);
create index documents_by_content on documents (tenant_id, sha256);
create index documents_job on documents (job_id);
call app.wall('documents');

-- Originals live beside their rows: one backup, one wall, one deletion, and every replica sees them (ADR 2026-11-21).
create table files (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    -- Null while the upload is under way. Rows that stay so are leftovers of a killed process.
    document_id uuid,
    bytes bigint not null default 0,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade
);
create unique index files_of_document on files (tenant_id, document_id);
create index files_unfinished on files (tenant_id, created_at) where document_id is null;
call app.wall('files');

create table file_blocks (
    tenant_id uuid not null references tenants on delete cascade,
    file_id uuid not null,
    ordinal integer not null,
    content bytea not null,
    primary key (tenant_id, file_id, ordinal),
    foreign key (tenant_id, file_id) references files (tenant_id, id) on delete cascade
);
-- Uploads are mostly compressed formats, and EXTERNAL lets a slice be read without the rest.
alter table file_blocks alter column content set storage external;
call app.wall('file_blocks');

create table document_pages (
    tenant_id uuid not null references tenants on delete cascade,
    document_id uuid not null,
    version bigint not null,
    number integer not null check (number > 0),
    width real not null default 0,
    height real not null default 0,
    text text not null,
    -- Packed by PageLayout: the page's blocks (headings, paragraphs, tables) and the boxes of its words.
    layout bytea not null,
    primary key (tenant_id, document_id, version, number),
    foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade
);
call app.wall('document_pages');

create table chunks (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    collection_id uuid not null,
    document_id uuid not null,
    -- Searchable only where it equals the document's version.
    version bigint not null,
    ordinal integer not null,
    page integer not null,
    -- UTF-16 code units into the page's text: text is exactly what stands there.
    start_offset integer not null,
    end_offset integer not null check (end_offset > start_offset),
    section text,
    -- Title › section: embedded and indexed with the text, never quoted.
    header text not null,
    text text not null,
    tokens integer not null,
    -- A text search configuration: english, or simple where the language is another.
    language text not null,
    -- Of any size: the space says which. Search reads the index's copy (0004), this one is the source it is rebuilt from.
    embedding halfvec,
    -- The embedding space of the vector; null while there is none.
    space text,
    unique (tenant_id, document_id, version, ordinal),
    foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade,
    check ((embedding is null) = (space is null))
);
create index chunks_of_collection on chunks (tenant_id, collection_id);
-- Embedding resumes where it stopped: this index holds only what still lacks a vector.
create index chunks_without_vector on chunks (tenant_id, document_id, version, ordinal) where embedding is null;
call app.wall('chunks');
