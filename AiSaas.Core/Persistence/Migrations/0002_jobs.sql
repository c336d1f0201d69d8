-- Jobs: the truth about queued work. Redis only says whose turn it is; everything here survives without it.
create table jobs (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    kind text not null check (length(kind) between 1 and 50),
    queue text not null check (queue in ('ingest', 'chat', 'batch', 'evals', 'maintenance')),
    status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'dead', 'canceled')),
    priority smallint not null default 1 check (priority between 0 and 2),
    payload jsonb not null,
    dedupe_key text check (length(dedupe_key) between 1 and 200),
    attempts integer not null default 0,
    max_attempts integer not null check (max_attempts between 1 and 100),
    run_at timestamptz not null default now(),
    -- While queued: when the sweep next makes sure that Redis knows of this job.
    check_at timestamptz not null default now() + interval '2 seconds',
    -- Grows with every lease. A write that carries an older one is refused.
    fence bigint not null default 0,
    worker uuid,
    lease_until timestamptz,
    cancel_reason text,
    progress real not null default 0 check (progress between 0 and 1),
    stage text,
    result jsonb,
    error_code text,
    error_detail text,
    trace_parent text,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    check (status <> 'running' or (worker is not null and lease_until is not null))
) with (fillfactor = 80);
create unique index jobs_dedupe on jobs (tenant_id, kind, dedupe_key)
    where dedupe_key is not null and status in ('queued', 'running');
create index jobs_tenant on jobs (tenant_id, created_at desc);
create index jobs_queued on jobs (queue, id) where status = 'queued';
create index jobs_check on jobs (check_at) where status = 'queued';
create index jobs_lease on jobs (lease_until) where status = 'running';
call app.wall('jobs');

-- Workers serve all tenants, so what follows are their doors through the wall. Times are the database's: one clock for all leases.

-- Takes those of the named jobs that are still queued. Locks in the order of ids, so that two claims never deadlock.
create function app.claim_jobs(wanted uuid[], holder uuid, lease interval)
    returns table (id uuid, tenant_id uuid, kind text, queue text, fence bigint, attempt integer, max_attempts integer,
        payload jsonb, trace_parent text, created_at timestamptz, cancel_reason text)
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        with free as materialized (
            select j.id from jobs j where j.id = any (wanted) and j.status = 'queued' order by j.id for update)
        update jobs j set status = 'running', fence = j.fence + 1, attempts = j.attempts + 1, worker = holder,
            lease_until = clock_timestamp() + lease, started_at = coalesce(j.started_at, now())
        from free where j.id = free.id
        returning j.id, j.tenant_id, j.kind, j.queue, j.fence, j.attempts, j.max_attempts, j.payload, j.trace_parent,
            j.created_at, j.cancel_reason
    $$;

-- What workers do while Redis is away: the oldest due jobs, tenants taking turns.
create function app.claim_due_jobs(from_queue text, amount integer, holder uuid, lease interval)
    returns table (id uuid, tenant_id uuid, kind text, queue text, fence bigint, attempt integer, max_attempts integer,
        payload jsonb, trace_parent text, created_at timestamptz, cancel_reason text)
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        with oldest as materialized (
            select j.id, j.tenant_id, j.priority from jobs j
            where j.queue = from_queue and j.status = 'queued' and j.run_at <= now() order by j.id limit 1000),
        turns as (
            select o.id, row_number() over (partition by o.tenant_id order by o.priority, o.id) as turn from oldest o),
        free as materialized (
            select j.id from jobs j join turns t on t.id = j.id where j.status = 'queued'
            order by t.turn, t.id limit amount for update of j skip locked)
        update jobs j set status = 'running', fence = j.fence + 1, attempts = j.attempts + 1, worker = holder,
            lease_until = clock_timestamp() + lease, started_at = coalesce(j.started_at, now())
        from free where j.id = free.id
        returning j.id, j.tenant_id, j.kind, j.queue, j.fence, j.attempts, j.max_attempts, j.payload, j.trace_parent,
            j.created_at, j.cancel_reason
    $$;

-- One statement a second per worker: prolongs all its leases, writes progress, and says which jobs it has lost or should cancel.
-- A row that a transaction holds right now is left alone: while it is locked nobody can take it over either.
create function app.heartbeat_jobs(
        held uuid[], fences bigint[], progresses real[], stages text[], holder uuid, lease interval)
    returns table (id uuid, is_held boolean, cancel_reason text)
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        with mine as (
            select * from unnest(held, fences, progresses, stages) as m (id, fence, progress, stage)),
        free as materialized (
            select j.id, m.progress, m.stage from jobs j join mine m on m.id = j.id
            where j.status = 'running' and j.fence = m.fence and j.worker = holder
            order by j.id for update of j skip locked),
        prolonged as (
            update jobs j set lease_until = clock_timestamp() + lease,
                progress = coalesce(f.progress, j.progress), stage = coalesce(f.stage, j.stage)
            from free f where j.id = f.id)
        select m.id, coalesce(j.status = 'running' and j.fence = m.fence and j.worker = holder, false), j.cancel_reason
        from mine m left join jobs j on j.id = m.id
    $$;

-- A worker that must go gives its jobs back; the attempt doesn't count.
create function app.release_jobs(held uuid[], fences bigint[], holder uuid)
    returns table (id uuid, tenant_id uuid, queue text, priority smallint, run_at timestamptz)
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        update jobs j set status = 'queued', attempts = greatest(0, j.attempts - 1), worker = null, lease_until = null,
            check_at = now() + interval '2 seconds'
        from unnest(held, fences) as m (id, fence)
        where j.id = m.id and j.fence = m.fence and j.worker = holder and j.status = 'running'
        returning j.id, j.tenant_id, j.queue, j.priority, j.run_at
    $$;

-- Puts back what died with its worker, and names the queued jobs that Redis should know of but may not: submitted by a process
-- that died between commit and dispatch, or forgotten by Redis. Each is named again ever more rarely, so that a long
-- queue costs little. One sweep at a time is enough.
create function app.sweep_jobs(amount integer)
    returns table (id uuid, tenant_id uuid, queue text, priority smallint, run_at timestamptz, lease_expired boolean)
    language plpgsql volatile security definer set search_path = public, pg_temp
    as $$
    #variable_conflict use_column
    begin
        if not pg_try_advisory_xact_lock(hashtext('app.sweep_jobs')) then
            return;
        end if;

        return query
            with expired as materialized (
                select j.id from jobs j where j.status = 'running' and j.lease_until < clock_timestamp()
                order by j.lease_until limit amount for update skip locked)
            update jobs j set status = 'queued', worker = null, lease_until = null, check_at = now() + interval '2 seconds'
            from expired where j.id = expired.id
            returning j.id, j.tenant_id, j.queue, j.priority, j.run_at, true;
        return query
            with unsure as materialized (
                select j.id from jobs j where j.status = 'queued' and j.check_at <= now()
                order by j.check_at limit amount for update skip locked)
            update jobs j set check_at =
                greatest(now(), j.run_at) + least(interval '10 minutes', greatest(interval '10 seconds', now() - j.created_at))
            from unsure where j.id = unsure.id
            returning j.id, j.tenant_id, j.queue, j.priority, j.run_at, false;
    end $$;

-- All that is queued, page by page: for a Redis that has lost everything.
create function app.queued_jobs(of_queue text, after uuid, amount integer)
    returns table (id uuid, tenant_id uuid, queue text, priority smallint, run_at timestamptz)
    language sql stable security definer set search_path = public, pg_temp
    as $$
        select j.id, j.tenant_id, j.queue, j.priority, j.run_at from jobs j
        where j.queue = of_queue and j.status = 'queued' and j.id > after order by j.id limit amount
    $$;

revoke all on all functions in schema app from public;
