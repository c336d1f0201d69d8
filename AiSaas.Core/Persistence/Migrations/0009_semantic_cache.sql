-- Questions whose answers are kept: lets a question that means the same have the same answer. The answers are in Redis.
create table semantic_answers (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    -- A digest of all that must be equal: permissions, model, parameters, system prompt, earlier turns.
    filter bytea not null,
    -- The words of the question that must be equal although its vector hardly sees them.
    guard text not null,
    embedder text not null,
    embedding vector not null,
    -- The digest that the answer is kept under.
    answer text not null,
    expires_at timestamptz not null,
    unique (tenant_id, answer)
);
create index semantic_answers_filter on semantic_answers (tenant_id, filter);
create index semantic_answers_expiry on semantic_answers (tenant_id, expires_at);
call app.wall('semantic_answers');
