-- Conversations, their messages, and the runs that write answers.
-- A conversation belongs to one person: every query names tenant and user.

create table conversations (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    user_id uuid not null references users on delete cascade,
    title text not null default '' check (length(title) <= 200),
    pinned boolean not null default false,
    -- What is searched; empty means every collection of the workspace.
    collection_ids uuid[] not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (tenant_id, id)
);
create index conversations_newest on conversations (tenant_id, user_id, pinned desc, updated_at desc, id desc);
call app.wall('conversations');

create table messages (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    conversation_id uuid not null,
    -- Its place in the conversation, given under the conversation's lock: ids of one millisecond and of two clocks don't sort.
    position integer not null,
    parent_id uuid,
    role text not null check (role in ('user', 'assistant')),
    status text not null check (status in ('queued', 'streaming', 'complete', 'stopped', 'failed')),
    text text not null default '',
    run_id uuid,
    model text,
    provider text,
    answered boolean,
    -- The wire shapes of AiSaas.Contracts.Chat, written once when the answer settles.
    citations jsonb,
    also_found jsonb,
    usage jsonb,
    timings jsonb,
    attempts jsonb,
    cost_nanos bigint,
    error_code text,
    error_detail text,
    created_at timestamptz not null default now(),
    completed_at timestamptz,
    foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade,
    -- A retried question must never see the first try's rows gone: parents stay as long as the conversation.
    unique (tenant_id, id)
);
create unique index messages_of_conversation on messages (tenant_id, conversation_id, position);
call app.wall('messages');

create table runs (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    user_id uuid not null references users on delete cascade,
    conversation_id uuid not null,
    message_id uuid not null,
    job_id uuid not null,
    status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'stopped')),
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade
);
create index runs_of_conversation on runs (tenant_id, conversation_id);
-- The live dots of the chat list.
create index runs_unfinished on runs (tenant_id, user_id, conversation_id) where finished_at is null;
call app.wall('runs');
