-- Batches: up to 100,000 requests to models as one job, worked on in parts; and the files of OpenAI's batch API.

-- What belongs to no document but is kept all the same, until then.
alter table files add column kept_until timestamptz;

create table batches (
    -- The job's.
    id uuid primary key references jobs on delete cascade,
    tenant_id uuid not null references tenants on delete cascade,
    user_id uuid not null,
    key_id uuid,
    -- On whose behalf its requests are made.
    caller jsonb not null,
    total integer not null default 0 check (total >= 0),
    -- Where its items are to be read from, where they did not come with it; and the model of those that name none.
    input_file uuid,
    model text,
    -- Of batches that came through /v1/batches: what their client said, shown again.
    endpoint text,
    completion_window text,
    metadata jsonb,
    -- No request is made after this.
    deadline timestamptz,
    -- Why the input can't be used: [{code, message, line, param}].
    errors jsonb,
    -- When its items were in, when they were handed out to parts, and when it was over.
    read_at timestamptz,
    handed_out_at timestamptz,
    ended_at timestamptz,
    ended_as text check (ended_as in ('succeeded', 'failed', 'canceled', 'expired')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    unique (tenant_id, id),
    check ((ended_at is null) = (ended_as is null))
);
create index batches_open on batches (tenant_id) where ended_at is null;
create index batches_listed on batches (tenant_id, id) where endpoint is not null;
create index batches_expiry on batches (expires_at);
call app.wall('batches');

-- What is asked. Written once.
create table batch_items (
    tenant_id uuid not null references tenants on delete cascade,
    batch_id uuid not null,
    ordinal integer not null,
    custom_id text not null,
    -- 0 chat completions, 1 responses, 2 embeddings, 3 messages.
    api smallint not null check (api between 0 and 3),
    -- JSON as it was sent, in bytes: jsonb would refuse \u0000 and change numbers.
    request bytea not null,
    -- How often it was tried in vain.
    tries smallint not null default 0,
    primary key (tenant_id, batch_id, ordinal),
    foreign key (tenant_id, batch_id) references batches (tenant_id, id) on delete cascade
) with (fillfactor = 95);
call app.wall('batch_items');

-- What came of it: one row each, the first one counts. An item without one waits, or never got its turn.
create table batch_results (
    tenant_id uuid not null references tenants on delete cascade,
    batch_id uuid not null,
    ordinal integer not null,
    succeeded boolean not null,
    -- The line as clients read it, without its end.
    line bytea not null,
    -- Why it failed.
    code text,
    cost_nanos bigint not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    primary key (tenant_id, batch_id, ordinal),
    foreign key (tenant_id, batch_id) references batches (tenant_id, id) on delete cascade
);
create index batch_results_unpaid on batch_results (tenant_id, batch_id) where code = 'insufficient_quota';
call app.wall('batch_results');

-- The pieces that workers take, with what came of each: counted here, so that workers of one batch never wait for each other.
create table batch_parts (
    tenant_id uuid not null references tenants on delete cascade,
    batch_id uuid not null,
    first integer not null,
    last integer not null,
    succeeded integer not null default 0,
    failed integer not null default 0,
    cost_nanos bigint not null default 0,
    input_tokens bigint not null default 0,
    output_tokens bigint not null default 0,
    primary key (tenant_id, batch_id, first),
    foreign key (tenant_id, batch_id) references batches (tenant_id, id) on delete cascade
);
call app.wall('batch_parts');

-- Files of /v1/files: what a client brought, or the lines of a batch that has ended.
create table batch_files (
    tenant_id uuid not null references tenants on delete cascade,
    id uuid not null,
    user_id uuid not null,
    name text not null check (length(name) between 1 and 200),
    bytes bigint not null,
    -- Exactly one of the two: the bytes, or whose lines.
    content uuid,
    batch_id uuid,
    -- Of a batch: its answers, or what failed.
    errors boolean not null default false,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, content) references files (tenant_id, id) on delete cascade,
    foreign key (tenant_id, batch_id) references batches (tenant_id, id) on delete cascade,
    check ((content is null) <> (batch_id is null))
);
create index batch_files_content on batch_files (tenant_id, content) where content is not null;
create unique index batch_files_batch on batch_files (tenant_id, batch_id, errors) where batch_id is not null;
create index batch_files_expiry on batch_files (expires_at);
call app.wall('batch_files');

-- The line of an item that never got its turn.
create function app.batch_line(batch uuid, ordinal integer, custom_id text, code text, message text) returns text
    language sql immutable parallel safe
    as $$
        select format('{"id":"batch_req_%s_%s","custom_id":%s,"response":null,"error":{"code":%s,"message":%s}}',
            replace(batch::text, '-', ''), ordinal, to_json(custom_id), to_json(code), to_json(message))
    $$;

-- Why it did not, by how the batch ended.
create function app.batch_words(ended_as text) returns table (code text, message text)
    language sql immutable parallel safe
    as $$
        select 'batch_' || case ended_as when 'canceled' then 'cancelled' when 'expired' then 'expired' else 'interrupted' end,
            case ended_as
                when 'canceled' then 'The batch was cancelled before this request was made.'
                when 'expired' then 'This request could not be made before the completion window expired.'
                else 'The batch ended before this request was answered.' end
    $$;

-- What has had its time, over all tenants, some at once. Called by workers. A batch goes with its job.
create function app.expire_batches(amount integer) returns integer
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        with old as materialized (
            select b.id from batches b join jobs j on j.id = b.id
            where b.expires_at < now() and j.status in ('succeeded', 'failed', 'dead', 'canceled')
            order by b.expires_at limit amount for update of j skip locked),
        gone as (delete from jobs j using old where j.id = old.id returning 1)
        select count(*)::integer from gone
    $$;

create function app.expire_batch_files(amount integer) returns integer
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        with old as materialized (
            select f.tenant_id, f.id, f.content from batch_files f where f.expires_at < now()
            order by f.expires_at limit amount for update skip locked),
        stored as (delete from files f using old where f.tenant_id = old.tenant_id and f.id = old.content returning 1),
        gone as (delete from batch_files f using old where f.tenant_id = old.tenant_id and f.id = old.id returning 1)
        select count(*)::integer from old
    $$;

revoke all on all functions in schema app from public;
