-- Trees of jobs: a parent hands out its work in pieces and waits for them. Also what limits need: the lane of a job.
alter table jobs
    add column parent_id uuid references jobs on delete cascade,
    -- What the job needs that is scarce, e.g. 'provider:openai'. Null: nothing.
    add column lane text check (lane ~ '^[a-z0-9:._-]{1,50}$'),
    drop constraint jobs_status_check,
    drop constraint jobs_queue_check,
    -- A job that waits holds no lease: the end of its last child queues it again.
    add constraint jobs_status_check
        check (status in ('queued', 'running', 'waiting', 'succeeded', 'failed', 'dead', 'canceled')),
    add constraint jobs_queue_check
        check (queue in ('ingest', 'chat', 'batch', 'evals', 'maintenance', 'webhooks'));

drop index jobs_dedupe;
create unique index jobs_dedupe on jobs (tenant_id, kind, dedupe_key)
    where dedupe_key is not null and status in ('queued', 'running', 'waiting');
create index jobs_children on jobs (parent_id, status) where parent_id is not null;
create index jobs_waiting on jobs (id) where status = 'waiting';

-- The claims say whose child a job is.
drop function app.claim_jobs, app.claim_due_jobs;

-- Takes those of the named jobs that are still queued. Locks in the order of ids, so that two claims never deadlock.
create function app.claim_jobs(wanted uuid[], holder uuid, lease interval)
    returns table (id uuid, tenant_id uuid, kind text, queue text, fence bigint, attempt integer, max_attempts integer,
        payload jsonb, trace_parent text, created_at timestamptz, cancel_reason text, parent_id uuid)
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        with free as materialized (
            select j.id from jobs j where j.id = any (wanted) and j.status = 'queued' order by j.id for update)
        update jobs j set status = 'running', fence = j.fence + 1, attempts = j.attempts + 1, worker = holder,
            lease_until = clock_timestamp() + lease, started_at = coalesce(j.started_at, now())
        from free where j.id = free.id
        returning j.id, j.tenant_id, j.kind, j.queue, j.fence, j.attempts, j.max_attempts, j.payload, j.trace_parent,
            j.created_at, j.cancel_reason, j.parent_id
    $$;

-- What workers do while Redis is away: the oldest due jobs, tenants taking turns.
create function app.claim_due_jobs(from_queue text, amount integer, holder uuid, lease interval)
    returns table (id uuid, tenant_id uuid, kind text, queue text, fence bigint, attempt integer, max_attempts integer,
        payload jsonb, trace_parent text, created_at timestamptz, cancel_reason text, parent_id uuid)
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
            j.created_at, j.cancel_reason, j.parent_id
    $$;

-- Queues again those of the named parents (null: of all) whose children have all ended. A hint when a child ends, and a part of
-- the sweep: whoever commits last sees no active child, and a process that dies before it asks is made good for.
create function app.wake_parents(parents uuid[], amount integer)
    returns table (id uuid, tenant_id uuid, queue text, priority smallint, run_at timestamptz)
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        with done as materialized (
            select p.id from jobs p
            where p.status = 'waiting' and (parents is null or p.id = any (parents))
                and not exists (
                    select from jobs c where c.parent_id = p.id and c.status in ('queued', 'running', 'waiting'))
            order by p.id limit amount for update skip locked)
        update jobs p set status = 'queued', run_at = now(), check_at = now() + interval '2 seconds'
        from done where p.id = done.id
        returning p.id, p.tenant_id, p.queue, p.priority, p.run_at
    $$;

revoke all on all functions in schema app from public;
