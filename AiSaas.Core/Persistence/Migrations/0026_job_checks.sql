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
