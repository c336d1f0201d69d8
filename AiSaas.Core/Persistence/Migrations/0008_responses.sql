-- Responses of /v1/responses: kept for 30 days so that they can be fetched, continued and, in the background, worked on.
create table responses (
    tenant_id uuid not null references tenants on delete cascade,
    id text not null check (length(id) between 1 and 100),
    user_id uuid not null references users on delete cascade,
    key_id uuid,
    status text not null check (status in ('queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled')),
    model text not null,
    background boolean not null default false,
    streamed boolean not null default false,
    -- Of a background response: who works on it, and on whose behalf.
    job_id uuid,
    caller jsonb,
    previous_id text,
    -- JSON as it was sent, in bytes: jsonb would refuse \u0000 and change numbers.
    request bytea not null,
    response bytea not null,
    created_at timestamptz not null default now(),
    ended_at timestamptz,
    expires_at timestamptz not null,
    primary key (tenant_id, id),
    check (not background or (job_id is not null and caller is not null))
);
create index responses_expiry on responses (expires_at);
-- How many a tenant has waiting or under way.
create index responses_open on responses (tenant_id) where ended_at is null;
call app.wall('responses');

-- Which response an output item is of: clients refer to items by id alone. Two responses from one cached answer share theirs.
create table response_items (
    tenant_id uuid not null,
    id text not null,
    response_id text not null,
    primary key (tenant_id, id, response_id),
    foreign key (tenant_id, response_id) references responses (tenant_id, id) on delete cascade
);
create index response_items_response on response_items (tenant_id, response_id);
call app.wall('response_items');

-- What has had its time, over all tenants, some at once. Called by workers.
create function app.expire_responses(amount integer) returns integer
    language sql volatile security definer set search_path = public, pg_temp
    as $$
        with old as materialized (
            select r.tenant_id, r.id from responses r where r.expires_at < now() order by r.expires_at limit amount
            for update skip locked),
        gone as (
            delete from responses r using old where r.tenant_id = old.tenant_id and r.id = old.id returning 1)
        select count(*)::integer from gone
    $$;
