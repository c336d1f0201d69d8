-- Chunks are read in their surroundings (parents), can be switched off and corrected by people, and answers say what their sources are worth.

alter table chunks
    -- The ordinal of the first chunk of the run of neighbours that this one is read with. Null where it was cut before there were
    -- runs: it then stands alone until its document is read again.
    add column parent integer,
    -- Switched off: in no index, in no context. Its row stays, so that it can come back.
    add column enabled boolean not null default true,
    -- What stands on the page, where text was edited; null where text is the page's own.
    add column original_text text,
    -- Counts changes by people: two who change the same chunk at once are told.
    add column revision integer not null default 0;
-- What a new version of the document takes over.
create index chunks_changed on chunks (tenant_id, document_id) where not enabled or original_text is not null;

-- Who changed what and when. Kept with the document, gone with it.
create table chunk_changes (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    document_id uuid not null,
    -- The chunk of the current version; moved along when a new version takes the change over.
    chunk_id uuid not null,
    kind text not null check (kind in ('disabled', 'enabled', 'edited', 'reset')),
    -- Of edits and resets.
    before text,
    after text,
    user_id uuid references users on delete set null,
    -- Null for a person in a browser.
    key_id uuid,
    at timestamptz not null default now(),
    foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade
);
create index chunk_changes_of_chunk on chunk_changes (tenant_id, chunk_id, id desc);
create index chunk_changes_of_document on chunk_changes (tenant_id, document_id);
call app.wall('chunk_changes');

-- How far the answer rests on its sources; the wire shape of AiSaas.Contracts.Chat, written when the answer settles.
alter table messages add column grounding jsonb;
