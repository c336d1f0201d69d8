-- Keys of providers that a workspace brings itself; they go before the house's own.

create table provider_keys (
    id uuid primary key,
    tenant_id uuid not null references tenants on delete cascade,
    -- The provider's configured name, or a known kind's: openai, anthropic, google.
    provider text not null check (length(provider) between 1 and 100),
    label text not null default '' check (length(label) <= 100),
    -- By data protection, under a purpose of the workspace: a row copied to another workspace can't be read there.
    secret text not null,
    -- What lists show of it.
    hint text not null check (length(hint) <= 20),
    -- Of the workspace's id and the secret: the same key is not kept twice.
    fingerprint bytea not null,
    created_by uuid references users on delete set null,
    created_at timestamptz not null default now(),
    -- Why the provider refused it last (401, 402, 403); null when it is in use.
    disabled_reason text,
    disabled_at timestamptz,
    last_used_at timestamptz,
    unique (tenant_id, provider, fingerprint)
);
create index provider_keys_tenant on provider_keys (tenant_id, created_at);
call app.wall('provider_keys');
