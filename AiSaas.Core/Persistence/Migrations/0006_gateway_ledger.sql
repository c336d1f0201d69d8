-- The gateway's money: what a key may do travels with the key, every call is a row, budgets and prices are the workspace's own.
drop function app.find_api_key(bytea);
create function app.find_api_key(key_hash bytea)
    returns table (id uuid, tenant_id uuid, user_id uuid, scopes text[], expires_at timestamptz, role text, plan text, tenant_name text,
        budget_nanos bigint, allowed_models text[])
    language sql stable security definer set search_path = public, pg_temp
    as $$
        select k.id, k.tenant_id, k.user_id, k.scopes, k.expires_at, m.role, t.plan, t.name, k.budget_nanos, k.allowed_models
        from api_keys k
            join memberships m on m.tenant_id = k.tenant_id and m.user_id = k.user_id
            join tenants t on t.id = k.tenant_id
        where k.hash = key_hash
    $$;
