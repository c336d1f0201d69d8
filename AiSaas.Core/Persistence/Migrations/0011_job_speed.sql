-- The queue's hot path: cheaper rows, submitting and completing in groups, limits while Redis is away.
--
-- The planner's statistics of a queue are always wrong: taken when it was empty, used when a million jobs wait. Each function here
-- therefore allows only the plan that is right for both: named jobs by their id (a partial index on the status that happens to be
-- small would be read from end to end), ordered pages by the index of that order, never a scan with a sort.

-- A check per row cost a third of each insert. Statements that submit check once; what a workspace leaves goes with it.
alter table jobs drop constraint jobs_tenant_id_fkey;
create function app.delete_jobs_of_tenant() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
    as $$
    begin
        delete from jobs where tenant_id = old.id;
        return null;
    end $$;
create trigger jobs_go_with_their_tenant after delete on tenants for each row execute function app.delete_jobs_of_tenant();

-- No index knows lease_until any more, so a heartbeat changes no index.
drop index jobs_lease;
create index jobs_running on jobs (queue) where status = 'running';
-- Every job leaves two dead versions of its row.
alter table jobs set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

drop function app.claim_jobs, app.claim_due_jobs;
-- These say the lane too, which decides whose turn a job is part of.
drop function app.release_jobs, app.sweep_jobs, app.queued_jobs, app.wake_parents;

-- Takes those of the named jobs that are still queued.
-- The commit needs no disk: a claim that a crash of the database undoes never was, as all writes name worker and fence. Since Redis
-- compares the fence alone, it is no count but the time: no two claims ever have the same, whatever was undone in between.
create function app.claim_jobs(wanted uuid[], holder uuid, lease interval)
    returns table (id uuid, tenant_id uuid, kind text, queue text, fence bigint, attempt integer, max_attempts integer,
        payload jsonb, trace_parent text, created_at timestamptz, cancel_reason text, parent_id uuid, lane text, started_at timestamptz)
    language plpgsql volatile security definer set search_path = public, pg_temp
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
    as $$
    #variable_conflict use_column
    declare
        at timestamptz := clock_timestamp();
        stamp bigint := floor(extract(epoch from at) * 1000);
    begin
        perform set_config('synchronous_commit', 'off', true);
        return query
            update jobs j set status = 'running', fence = greatest(j.fence + 1, stamp), attempts = j.attempts + 1, worker = holder,
                lease_until = at + lease, started_at = coalesce(j.started_at, at)
            where j.id = any (wanted) and case j.status when 'queued' then true end
            returning j.id, j.tenant_id, j.kind, j.queue, j.fence, j.attempts, j.max_attempts, j.payload, j.trace_parent,
                j.created_at, j.cancel_reason, j.parent_id, j.lane, j.started_at;
    end $$;

-- What workers do while Redis is away: the oldest due jobs, tenants taking turns, within the limits (null: none).
create function app.claim_due_jobs(
        from_queue text, amount integer, holder uuid, lease interval,
        queue_limit integer, tenant_limit integer, lanes text[], lane_limits integer[])
    returns table (id uuid, tenant_id uuid, kind text, queue text, fence bigint, attempt integer, max_attempts integer,
        payload jsonb, trace_parent text, created_at timestamptz, cancel_reason text, parent_id uuid, lane text, started_at timestamptz)
    language plpgsql volatile security definer set search_path = public, pg_temp
    set enable_seqscan = off
    as $$
    #variable_conflict use_column
    declare
        at timestamptz;
        stamp bigint;
        busy_tenants uuid[] := '{}';
        busy_lanes text[] := '{}';
        room integer := amount;
    begin
        perform set_config('synchronous_commit', 'off', true);
        if queue_limit is not null or tenant_limit is not null or cardinality(lanes) > 0 then
            -- One at a time, or two would fill the same room.
            perform pg_advisory_xact_lock(hashtext('app.claim_due_jobs'), hashtext(from_queue));
            if queue_limit is not null then
                room := least(room, queue_limit - (select count(*) from jobs j where j.queue = from_queue and j.status = 'running')::integer);
            end if;
            if room <= 0 then
                return;
            end if;
            -- Left out before the oldest are taken, so that what may not run now keeps nothing else waiting.
            busy_tenants := array(
                select j.tenant_id from jobs j where j.queue = from_queue and j.status = 'running'
                group by j.tenant_id having count(*) >= tenant_limit);
            busy_lanes := array(
                select l.lane from unnest(lanes, lane_limits) as l (lane, most)
                where l.most <= (select count(*) from jobs j where j.queue = from_queue and j.status = 'running' and j.lane = l.lane));
        end if;

        at := clock_timestamp();
        stamp := floor(extract(epoch from at) * 1000);
        return query
            with running as materialized (
                select j.tenant_id, j.lane from jobs j
                where (tenant_limit is not null or cardinality(lanes) > 0) and j.queue = from_queue and j.status = 'running'),
            oldest as materialized (
                select j.id, j.tenant_id, j.priority, j.lane from jobs j
                where j.queue = from_queue and j.status = 'queued' and j.run_at <= at
                    and j.tenant_id <> all (busy_tenants) and (j.lane is null or j.lane <> all (busy_lanes))
                order by j.id limit 1000),
            turns as (
                select o.id, o.lane, row_number() over (partition by o.tenant_id order by o.priority, o.id)
                    + case when tenant_limit is null then 0 else (select count(*) from running r where r.tenant_id = o.tenant_id) end as turn
                from oldest o),
            places as (
                select t.id, t.turn, t.lane, row_number() over (partition by t.lane order by t.turn, t.id)
                    + (select count(*) from running r where r.lane = t.lane) as place
                from turns t where tenant_limit is null or t.turn <= tenant_limit),
            free as materialized (
                select j.id from jobs j join places p on p.id = j.id
                where j.status = 'queued'
                    and coalesce(p.place <= (select l.most from unnest(lanes, lane_limits) as l (lane, most) where l.lane = p.lane), true)
                order by p.turn, p.id limit room for update of j skip locked)
            update jobs j set status = 'running', fence = greatest(j.fence + 1, stamp), attempts = j.attempts + 1, worker = holder,
                lease_until = at + lease, started_at = coalesce(j.started_at, at)
            from free where j.id = free.id
            returning j.id, j.tenant_id, j.kind, j.queue, j.fence, j.attempts, j.max_attempts, j.payload, j.trace_parent,
                j.created_at, j.cancel_reason, j.parent_id, j.lane, j.started_at;
    end $$;

-- One statement a second per worker: prolongs all its leases, writes progress, and says which jobs it has lost or should cancel.
-- A row that a transaction holds right now is left alone: while it is locked nobody can take it over either.
create or replace function app.heartbeat_jobs(
        held uuid[], fences bigint[], progresses real[], stages text[], holder uuid, lease interval)
    returns table (id uuid, is_held boolean, cancel_reason text)
    language plpgsql volatile security definer set search_path = public, pg_temp
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
    as $$
    #variable_conflict use_column
    begin
        perform set_config('synchronous_commit', 'off', true);
        return query
            with mine as (
                select * from unnest(held, fences, progresses, stages) as m (id, fence, progress, stage)),
            free as materialized (
                select j.id, m.progress, m.stage from jobs j join mine m on m.id = j.id
                where case j.status when 'running' then true end and j.fence = m.fence and j.worker = holder
                order by j.id for update of j skip locked),
            prolonged as (
                update jobs j set lease_until = clock_timestamp() + lease,
                    progress = coalesce(f.progress, j.progress), stage = coalesce(f.stage, j.stage)
                from free f where j.id = f.id)
            select m.id, coalesce(j.status = 'running' and j.fence = m.fence and j.worker = holder, false), j.cancel_reason
            from mine m left join jobs j on j.id = m.id;
    end $$;

-- Jobs whose handlers have no effects of their own end in groups. Those that don't come back were lost.
create function app.complete_jobs(held uuid[], fences bigint[], results jsonb[], holder uuid)
    returns table (id uuid)
    language plpgsql volatile security definer set search_path = public, pg_temp
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
    as $$
    #variable_conflict use_column
    declare
        done uuid[];
        owners uuid[];
    begin
        with ended as (
            update jobs j set status = 'succeeded', progress = 1, result = m.result, error_code = null, error_detail = null,
                lease_until = null, finished_at = now()
            from unnest(held, fences, results) as m (id, fence, result)
            where j.id = m.id and j.fence = m.fence and j.worker = holder and case j.status when 'running' then true end
            returning j.id, j.tenant_id)
        select array_agg(e.id), array_agg(e.tenant_id) into done, owners from ended e;
        perform app.jobs_ended(done, owners);
        return query select unnest(done);
    end $$;

-- Jobs of many tenants, each without other rows, in one transaction. A job whose dedupe key is active answers with that one's id, or
-- with null when that one ended in the same moment: submit it again.
create function app.submit_jobs(
        ids uuid[], tenants uuid[], kinds text[], queues text[], priorities smallint[], payloads jsonb[], dedupe_keys text[],
        max_attempts integer[], trace_parents text[], run_ats timestamptz[], lanes text[])
    returns table (id uuid, active uuid)
    language plpgsql volatile security definer set search_path = public, pg_temp
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
    as $$
    #variable_conflict use_column
    declare
        added uuid[];
    begin
        if exists (select from (select distinct unnest(tenants) as id) t where not exists (select from tenants x where x.id = t.id)) then
            raise foreign_key_violation using message = 'There is no such tenant.';
        end if;
        with inserted as (
            insert into jobs (id, tenant_id, kind, queue, priority, payload, dedupe_key, max_attempts, trace_parent, run_at, check_at, lane)
            select n.id, n.tenant_id, n.kind, n.queue, n.priority, n.payload, n.dedupe_key, n.max_attempts, n.trace_parent,
                coalesce(n.run_at, now()), coalesce(n.run_at, now()) + interval '2 seconds', n.lane
            from unnest(ids, tenants, kinds, queues, priorities, payloads, dedupe_keys, max_attempts, trace_parents, run_ats, lanes)
                as n (id, tenant_id, kind, queue, priority, payload, dedupe_key, max_attempts, trace_parent, run_at, lane)
            on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null and status in ('queued', 'running', 'waiting') do nothing
            returning id)
        select array_agg(i.id) into added from inserted i;
        if cardinality(added) = cardinality(ids) then
            return query select i, i from unnest(added) i;
            return;
        end if;
        return query
            select n.id, case when n.id = any (added) then n.id else (
                select j.id from jobs j where j.tenant_id = n.tenant_id and j.kind = n.kind and j.dedupe_key = n.dedupe_key
                    and j.status in ('queued', 'running', 'waiting')) end
            from unnest(ids, tenants, kinds, dedupe_keys) as n (id, tenant_id, kind, dedupe_key);
    end $$;

-- Puts back what died with its worker, and names the queued jobs that Redis should know of but may not: submitted by a process
-- that died between commit and dispatch, or forgotten by Redis. Each is named again ever more rarely, so that a long
-- queue costs little. One sweep at a time is enough.
create function app.sweep_jobs(amount integer)
    returns table (id uuid, tenant_id uuid, queue text, priority smallint, run_at timestamptz, lane text, lease_expired boolean)
    language plpgsql volatile security definer set search_path = public, pg_temp
    set enable_seqscan = off set enable_sort = off set enable_hashjoin = off set enable_mergejoin = off
    as $$
    #variable_conflict use_column
    begin
        perform set_config('synchronous_commit', 'off', true);
        if not pg_try_advisory_xact_lock(hashtext('app.sweep_jobs')) then
            return;
        end if;

        return query
            with expired as materialized (
                select j.id from jobs j where j.status = 'running' and j.lease_until < clock_timestamp()
                limit amount for update skip locked)
            update jobs j set status = 'queued', worker = null, lease_until = null, check_at = now() + interval '2 seconds'
            from expired where j.id = expired.id
            returning j.id, j.tenant_id, j.queue, j.priority, j.run_at, j.lane, true;
        return query
            with unsure as materialized (
                select j.id from jobs j where j.status = 'queued' and j.check_at <= now()
                order by j.check_at limit amount for update skip locked)
            update jobs j set check_at =
                greatest(now(), j.run_at) + least(interval '10 minutes', greatest(interval '10 seconds', now() - j.created_at))
            from unsure where j.id = unsure.id
            returning j.id, j.tenant_id, j.queue, j.priority, j.run_at, j.lane, false;
    end $$;

-- All that is queued, page by page: for a Redis that has lost everything.
create function app.queued_jobs(of_queue text, after uuid, amount integer)
    returns table (id uuid, tenant_id uuid, queue text, priority smallint, run_at timestamptz, lane text)
    language plpgsql stable security definer set search_path = public, pg_temp
    set enable_seqscan = off set enable_sort = off
    as $$
    #variable_conflict use_column
    begin
        return query
            select j.id, j.tenant_id, j.queue, j.priority, j.run_at, j.lane from jobs j
            where j.queue = of_queue and j.status = 'queued' and j.id > after order by j.id limit amount;
    end $$;

-- A worker that must go gives its jobs back; the attempt doesn't count.
create function app.release_jobs(held uuid[], fences bigint[], holder uuid)
    returns table (id uuid, tenant_id uuid, queue text, priority smallint, run_at timestamptz, lane text)
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        update jobs j set status = 'queued', attempts = greatest(0, j.attempts - 1), worker = null, lease_until = null,
            check_at = now() + interval '2 seconds'
        from unnest(held, fences) as m (id, fence)
        where j.id = m.id and j.fence = m.fence and j.worker = holder and case j.status when 'running' then true end
        returning j.id, j.tenant_id, j.queue, j.priority, j.run_at, j.lane
    $$;

-- Queues again those of the named parents (null: of all) whose children have all ended. A hint when a child ends, and a part of
-- the sweep: whoever commits last sees no active child, and a process that dies before it asks is made good for.
create function app.wake_parents(parents uuid[], amount integer)
    returns table (id uuid, tenant_id uuid, queue text, priority smallint, run_at timestamptz, lane text)
    language plpgsql volatile security definer set search_path = public, pg_temp
    set enable_seqscan = off
    as $$
    #variable_conflict use_column
    begin
        return query
            with done as materialized (
                select p.id from jobs p
                where p.status = 'waiting' and (parents is null or p.id = any (parents))
                    and not exists (
                        select from jobs c where c.parent_id = p.id and c.status in ('queued', 'running', 'waiting'))
                order by p.id limit amount for update skip locked)
            update jobs p set status = 'queued', run_at = now(), check_at = now() + interval '2 seconds'
            from done where p.id = done.id
            returning p.id, p.tenant_id, p.queue, p.priority, p.run_at, p.lane;
    end $$;

revoke all on all functions in schema app from public;
