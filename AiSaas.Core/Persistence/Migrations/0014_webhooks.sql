-- Webhooks: which other systems hear of what, what they were told, and how that went.

create table webhook_endpoints (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    -- standing: made by an admin, hears the events it names. one-off: made by a job that named an address, hears those jobs alone.
    kind text not null default 'standing' check (kind in ('standing', 'one-off')),
    url text not null check (length(url) between 1 and 2048),
    description text not null default '' check (length(description) <= 200),
    events text[] not null default '{}',
    enabled boolean not null default true,
    -- Why we stopped by ourselves: 410, or failing for days. Null when an admin switched it off.
    disabled_reason text check (length(disabled_reason) <= 500),
    disabled_at timestamptz,
    -- By data protection, under a purpose of the workspace. After a rotation the old one signs too, for a day.
    secret text not null,
    old_secret text,
    old_secret_until timestamptz,
    -- Since when every attempt has failed; null after a success.
    failing_since timestamptz,
    -- The receiver asked for a pause (Retry-After), or does not answer at all: nothing is sent before.
    paused_until timestamptz,
    last_success_at timestamptz,
    created_by uuid references users on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (tenant_id, id)
);
create index webhook_endpoints_awake on webhook_endpoints (tenant_id) where enabled;
create unique index webhook_endpoints_one_off on webhook_endpoints (tenant_id, url) where kind = 'one-off';
call app.wall('webhook_endpoints');

-- Which jobs asked for which address. No foreign key to jobs: it would cost every deletion there, and expiry cleans up here.
create table webhook_jobs (
    tenant_id uuid not null,
    job_id uuid not null,
    endpoint_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (job_id, endpoint_id),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id) on delete cascade
);
create index webhook_jobs_endpoint on webhook_jobs (tenant_id, endpoint_id);
create index webhook_jobs_age on webhook_jobs (created_at);
call app.wall('webhook_jobs');

-- The outbox and the log in one: a row is written in the transaction that makes the event true, and kept for 30 days.
create table webhook_deliveries (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    endpoint_id uuid not null,
    event text not null check (length(event) between 1 and 50),
    -- The job or document that it is about.
    subject_id uuid,
    -- The body as it is sent, byte for byte, every time.
    payload text not null check (octet_length(payload) <= 32768),
    status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
    -- Of the current round; a replay starts a new one.
    attempts integer not null default 0,
    -- Of all rounds: the number of the last row in webhook_attempts.
    tries integer not null default 0,
    next_at timestamptz default now(),
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    unique (tenant_id, id),
    check ((status = 'pending') = (next_at is not null)),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id) on delete cascade
) with (fillfactor = 80);
create index webhook_deliveries_pending on webhook_deliveries (endpoint_id, next_at) where status = 'pending';
create index webhook_deliveries_log on webhook_deliveries (tenant_id, endpoint_id, id desc);
create index webhook_deliveries_age on webhook_deliveries (created_at);
call app.wall('webhook_deliveries');

create table webhook_attempts (
    tenant_id uuid not null,
    delivery_id uuid not null,
    number integer not null,
    at timestamptz not null,
    -- Null: there was no answer, see error.
    status integer,
    took_ms integer not null check (took_ms >= 0),
    error text check (length(error) <= 500),
    -- The first bytes of the answer, as text.
    response text check (length(response) <= 1024),
    primary key (tenant_id, delivery_id, number),
    foreign key (tenant_id, delivery_id) references webhook_deliveries (tenant_id, id) on delete cascade
);
call app.wall('webhook_attempts');

-- Ids that sort by time, as the product makes them.
create function app.uuid7() returns uuid
    language sql volatile
    as $$
        select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
            placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
    $$;

create function app.rfc3339(moment timestamptz) returns text
    language sql stable parallel safe
    as $$ select to_char(moment at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- Called in the transaction that ends jobs, after their rows (and those of what they worked on) say so: writes what subscribers
-- shall hear. For workspaces without webhooks, i.e. nearly always, it is one look into a small index.
-- Parts of a tree are their parent's business, and a delivery is no event.
create function app.jobs_ended(ended uuid[], owners uuid[]) returns integer
    language plpgsql volatile security definer set search_path = public, pg_temp
    as $$
    declare
        written integer;
    begin
        if not exists (select from webhook_endpoints e where e.tenant_id = any (owners) and e.enabled) then
            return 0;
        end if;

        with told as materialized (
            select j.* from jobs j
            where j.id = any (ended) and j.parent_id is null and j.kind <> 'webhook'
                and j.status in ('succeeded', 'failed', 'dead', 'canceled')),
        happened as (
            select t.tenant_id, t.id as job_id, t.id as subject_id, 'job.' || t.status as event,
                jsonb_strip_nulls(jsonb_build_object(
                    'id', t.id, 'kind', t.kind, 'status', t.status, 'progress', t.progress, 'attempts', t.attempts,
                    'error', case when t.error_code is not null
                        then jsonb_build_object('code', t.error_code, 'detail', left(t.error_detail, 2000)) end,
                    'createdAt', app.rfc3339(t.created_at), 'startedAt', app.rfc3339(t.started_at),
                    'finishedAt', app.rfc3339(t.finished_at)))
                || case when t.result is null then '{}'
                    when octet_length(t.result::text) <= 16384 then jsonb_build_object('result', t.result)
                    else '{"resultOmitted": true}' end as data
            from told t
            union all
            select d.tenant_id, t.id, d.id, 'document.' || d.status,
                jsonb_strip_nulls(jsonb_build_object(
                    'id', d.id, 'collectionId', d.collection_id, 'name', d.name, 'status', d.status, 'bytes', d.bytes,
                    'pages', d.pages, 'chunks', d.chunks, 'notice', left(d.notice, 2000), 'jobId', t.id,
                    'error', case when d.error_code is not null
                        then jsonb_build_object('code', d.error_code, 'detail', left(d.error_detail, 2000)) end))
            from told t join documents d on d.tenant_id = t.tenant_id and d.job_id = t.id
            where t.kind = 'ingest' and d.status in ('ready', 'failed'))
        insert into webhook_deliveries (id, tenant_id, endpoint_id, event, subject_id, payload)
        select app.uuid7(), h.tenant_id, e.id, h.event, h.subject_id,
            jsonb_build_object('type', h.event, 'timestamp', app.rfc3339(now()), 'data', h.data)::text
        from happened h join webhook_endpoints e on e.tenant_id = h.tenant_id and e.enabled
        where (e.kind = 'standing' and e.events @> array[h.event])
            or (h.event like 'job.%' and exists (
                select from webhook_jobs w where w.job_id = h.job_id and w.endpoint_id = e.id));
        get diagnostics written = row_count;
        return written;
    end $$;

-- Endpoints that have something due and nobody at it. One look per endpoint with something pending, however much that is.
create function app.due_webhooks(amount integer, most_per_tenant integer)
    returns table (tenant_id uuid, endpoint_id uuid)
    language sql stable security definer set search_path = public, pg_temp
    as $$
        with recursive waiting as (
            (select d.endpoint_id, d.next_at from webhook_deliveries d where d.status = 'pending'
                order by d.endpoint_id, d.next_at limit 1)
            union all
            select n.endpoint_id, n.next_at from waiting w cross join lateral (
                select d.endpoint_id, d.next_at from webhook_deliveries d
                where d.status = 'pending' and d.endpoint_id > w.endpoint_id
                order by d.endpoint_id, d.next_at limit 1) n),
        due as (
            select e.tenant_id, e.id, w.next_at,
                row_number() over (partition by e.tenant_id order by w.next_at) as turn
            from waiting w join webhook_endpoints e on e.id = w.endpoint_id
            where w.next_at <= now() and e.enabled and (e.paused_until is null or e.paused_until <= now())
                and not exists (
                    select from jobs j where j.tenant_id = e.tenant_id and j.kind = 'webhook' and j.dedupe_key = e.id::text
                        and j.status in ('queued', 'running', 'waiting')))
        select d.tenant_id, d.id from due d
        where d.turn + (
            select count(*) from jobs j where j.tenant_id = d.tenant_id and j.kind = 'webhook' and j.dedupe_key is not null
                and j.status in ('queued', 'running', 'waiting')) <= most_per_tenant
        order by d.turn, d.next_at limit amount
    $$;

-- What has had its time, over all tenants, some at once.
create function app.expire_webhooks(amount integer, keep interval) returns integer
    language plpgsql volatile security definer set search_path = public, pg_temp
    as $$
    declare
        gone integer;
        links integer;
    begin
        delete from webhook_deliveries d using (
            select o.id from webhook_deliveries o where o.created_at < now() - keep
            order by o.created_at limit amount for update skip locked) old
        where d.id = old.id;
        get diagnostics gone = row_count;
        delete from webhook_jobs w using (
            select o.job_id, o.endpoint_id from webhook_jobs o where o.created_at < now() - keep
                and not exists (select from jobs j where j.id = o.job_id and j.status in ('queued', 'running', 'waiting'))
            order by o.created_at limit amount for update skip locked) old
        where w.job_id = old.job_id and w.endpoint_id = old.endpoint_id;
        get diagnostics links = row_count;
        -- A one-off address with nothing left to tell or to show. Its secret goes with it.
        delete from webhook_endpoints e where e.kind = 'one-off' and e.updated_at < now() - keep
            and not exists (select from webhook_deliveries d where d.tenant_id = e.tenant_id and d.endpoint_id = e.id)
            and not exists (select from webhook_jobs w where w.tenant_id = e.tenant_id and w.endpoint_id = e.id);
        return greatest(gone, links);
    end $$;

revoke all on all functions in schema app from public;
