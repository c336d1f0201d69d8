-- Looking at jobs, and jobs that come again: lists by tenant, what an attempt said, schedules, retention.

-- Lists go by id, newest first (ids are UUIDv7). The index by creation said the same and served nobody.
drop index jobs_tenant;
create index jobs_of_tenant on jobs (tenant_id, id);
-- What people look for among a million that went well.
create index jobs_queued_of_tenant on jobs (tenant_id, id) where status = 'queued';
create index jobs_given_up on jobs (tenant_id, id) where status in ('failed', 'dead');

-- What attempts said: the worker (tried, failed, paused, taken over) and the kind's handler. No foreign key to jobs: its locks on
-- their rows would stand in the way of heartbeats and cancels. A trigger takes the lines with their jobs.
create table job_logs (
    job_id uuid not null,
    id bigint not null generated always as identity,
    tenant_id uuid not null references tenants on delete cascade,
    at timestamptz not null,
    attempt integer not null,
    by_worker boolean not null,
    line text not null check (length(line) <= 500),
    primary key (job_id, id)
);
call app.wall('job_logs');

create function app.delete_job_logs() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
    as $$
    begin
        delete from job_logs l using gone g where l.job_id = g.id;
        return null;
    end $$;
create trigger jobs_logs_go_too after delete on jobs referencing old table as gone
    for each statement execute function app.delete_job_logs();

-- Lines of many jobs at once, of several tenants: workers' door. A job keeps its newest lines; handlers' go first, since what
-- the worker says tells why the job ended as it did.
create function app.write_job_logs(of_jobs uuid[], ats timestamptz[], attempts integer[], by_workers boolean[], lines text[], most integer)
    returns void
    language plpgsql volatile security definer set search_path = public, pg_temp
    as $$
    begin
        -- The sweep doesn't know which attempt went silent; the row does.
        insert into job_logs (job_id, tenant_id, at, attempt, by_worker, line)
            select j.id, j.tenant_id, n.at, coalesce(n.attempt, j.attempts), n.by_worker, n.line
            from unnest(of_jobs, ats, attempts, by_workers, lines) with ordinality as n (id, at, attempt, by_worker, line, place)
            join jobs j on j.id = n.id order by n.place;
        delete from job_logs l
            using (
                select r.job_id, r.id from (
                    select k.job_id, k.id, row_number() over (partition by k.job_id order by k.by_worker desc, k.id desc) as place
                    from job_logs k where k.job_id = any (of_jobs)) r
                where r.place > most) old
            where l.job_id = old.job_id and l.id = old.id;
    end $$;

-- Jobs that are submitted again and again, by the calendar.
create table job_schedules (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    name text not null check (length(name) between 1 and 100),
    kind text not null check (length(kind) between 1 and 50),
    -- JSON as its author wrote it. Text, since jsonb would refuse \u0000 and change numbers.
    body text not null,
    cron text not null check (length(cron) between 1 and 200),
    timezone text not null check (length(timezone) between 1 and 100),
    enabled boolean not null default true,
    -- One run makes up for all that were missed while nobody served; false: none does.
    catch_up boolean not null default true,
    -- Submits although the run before is still going.
    overlap boolean not null default false,
    created_by uuid references users on delete set null,
    -- Null while disabled, and where the calendar has no such day any more. Moved on in the transaction that submits.
    next_at timestamptz,
    last_due_at timestamptz,
    last_at timestamptz,
    last_job_id uuid,
    last_outcome text check (last_outcome in ('submitted', 'skipped', 'missed', 'refused')),
    error_code text,
    error_detail text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index job_schedules_of_tenant on job_schedules (tenant_id, id);
create index job_schedules_due on job_schedules (next_at) where enabled;
call app.wall('job_schedules');

-- Which occurrences are due, over all tenants: workers' door. It only names them; whoever moves one on submits its job.
create function app.due_schedules(amount integer) returns table (id uuid, tenant_id uuid)
    language sql stable security definer set search_path = public, pg_temp
    as $$
        select s.id, s.tenant_id from job_schedules s
        where s.enabled and s.next_at <= clock_timestamp() order by s.next_at limit amount
    $$;

-- Deletes settled jobs that have had their time, a page of ids at a time; their lines and children go with them. A job that waits
-- for its children keeps them, and one whose children are at work stays as well. Kinds whose jobs go with something else (a batch
-- with its results) are left to that.
create function app.expire_jobs(after uuid, before uuid, settled_for interval, dead_for interval, left_alone text[], amount integer)
    returns table (last uuid, deleted integer)
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        with page as materialized (
            select j.id from jobs j where j.id > after and j.id < before order by j.id limit amount),
        old as materialized (
            select j.id from jobs j join page p on p.id = j.id
            where j.status in ('succeeded', 'failed', 'dead', 'canceled')
                and j.kind <> all (left_alone) and j.finished_at < now() - case when j.status = 'dead' then dead_for else settled_for end
                and not exists (select from jobs o where o.id = j.parent_id and o.status in ('queued', 'running', 'waiting'))
                and not exists (select from jobs c where c.parent_id = j.id and c.status in ('queued', 'running', 'waiting'))
            for update of j skip locked),
        gone as (
            delete from jobs j using old where j.id = old.id returning 1),
        -- Lines that were written while their job was being deleted.
        stray as (
            delete from job_logs l
            where l.job_id > after and l.job_id <= (select p.id from page p order by p.id desc limit 1)
                and not exists (select from jobs j where j.id = l.job_id))
        select (select p.id from page p order by p.id desc limit 1), (select count(*)::integer from gone)
    $$;

revoke all on all functions in schema app from public;
