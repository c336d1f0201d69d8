-- The queue's statements are short and many, and every one of them parses all checks of the table anew, whatever it changes: nine took
-- more of Postgres's time than submitting, leasing or completing one job. One stays, cheap to parse, for what a slip in a statement of
-- ours could break. What a caller could get wrong (lane, dedupe key) is refused before it gets here; kinds, queues and states are
-- constants of the code, which refuses to read any other.
alter table jobs
    drop constraint if exists jobs_kind_check,
    drop constraint if exists jobs_queue_check,
    drop constraint if exists jobs_status_check,
    drop constraint if exists jobs_priority_check,
    drop constraint if exists jobs_dedupe_key_check,
    drop constraint if exists jobs_max_attempts_check,
    drop constraint if exists jobs_progress_check,
    drop constraint if exists jobs_lane_check,
    drop constraint if exists jobs_check,
    -- Not valid: rows that are there have passed the stricter ones.
    add constraint jobs_sound check (
        max_attempts between 1 and 100 and priority between 0 and 2 and (status <> 'running' or lease_until is not null)) not valid;

-- The plans of these are the same for one job as for five hundred (their settings allow no other), but the planner counts what it is
-- given and made them anew for every call: half of what leasing a single job took, and two thirds of completing it.
alter function app.claim_jobs(uuid[], uuid, interval) set plan_cache_mode = force_generic_plan;
alter function app.complete_jobs(uuid[], bigint[], jsonb[], uuid) set plan_cache_mode = force_generic_plan;
alter function app.release_jobs(uuid[], bigint[], uuid) set plan_cache_mode = force_generic_plan;
alter function app.heartbeat_jobs(uuid[], bigint[], real[], text[], uuid, interval) set plan_cache_mode = force_generic_plan;
alter function app.submit_jobs(
    uuid[], uuid[], text[], text[], smallint[], jsonb[], text[], integer[], text[], timestamptz[], text[])
    set plan_cache_mode = force_generic_plan;
-- Called by completions: what it plans once must be right for a table that has grown since.
alter function app.jobs_ended(uuid[], uuid[]) set enable_seqscan = off;
alter function app.jobs_ended(uuid[], uuid[]) set enable_hashjoin = off;
alter function app.jobs_ended(uuid[], uuid[]) set enable_mergejoin = off;
alter function app.jobs_ended(uuid[], uuid[]) set plan_cache_mode = force_generic_plan;
