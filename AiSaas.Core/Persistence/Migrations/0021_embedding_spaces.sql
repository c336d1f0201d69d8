-- The embedder of a workspace is changed while it is searched: what it goes by, what it is moving to, what it may go back to.
--
--   space ──────────────── searched ───────────────┬── swapped in one update ──▶ previous ── kept a while ──▶ removed
--   next  ── filled in the background, searched too ┘

-- One model at one size. A provider that changes the size under the same name begins another space: vectors are never mixed.
create unique index embedding_spaces_model on embedding_spaces (model, dimensions);

create table tenant_spaces (
    tenant_id uuid primary key references tenants on delete cascade,
    -- What search goes by; null until something was embedded.
    space text references embedding_spaces,
    -- What is being filled. New documents go here; search looks into both.
    next text references embedding_spaces,
    -- What was searched before. Its vectors are kept for going back.
    previous text references embedding_spaces,
    keep_until timestamptz,
    -- Spaces that nothing goes by any more: their vectors are being removed.
    leaving text[] not null default '{}',
    -- The embedding model that the workspace wants, by its name in the configuration; null follows the installation's default.
    chosen text check (length(chosen) between 1 and 200),
    -- Some passages were indexed in another space than they should: documents that were under way when the space changed.
    behind boolean not null default false,
    -- The last try at filling failed: the next one by itself not before this.
    not_before timestamptz,
    -- What people should know, in words.
    notice text check (length(notice) <= 500),
    job_id uuid,
    switched_at timestamptz
);
call app.wall('tenant_spaces');

-- How a workspace weighs a space; null leaves it to the configuration and to what is known of the model.
create table space_settings (
    tenant_id uuid not null references tenants on delete cascade,
    space text not null references embedding_spaces,
    weight real check (weight between 0 and 1),
    unrelated real check (unrelated between -1 and 1),
    related real check (related between -1 and 1),
    -- Whether the thresholds were measured on passages of this workspace.
    calibrated_at timestamptz,
    primary key (tenant_id, space)
);
call app.wall('space_settings');

insert into tenant_spaces (tenant_id, space)
    select distinct on (tenant_id) tenant_id, space
    from (select tenant_id, space, count(*) vectors from vector_passages group by 1, 2) counted
    order by tenant_id, vectors desc, space;

-- The first vectors of a workspace decide what it is searched by. Later ones elsewhere than expected are noted, whoever wrote them;
-- which costs two look-ups a statement.
create function app.note_space() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
    as $$
begin
    insert into tenant_spaces as t (tenant_id, space)
        select a.tenant_id, min(a.space) from added a
        where not exists (select from tenant_spaces known where known.tenant_id = a.tenant_id and known.space is not null)
        group by a.tenant_id
        on conflict (tenant_id) do update set space = coalesce(t.space, excluded.space);
    update tenant_spaces t set behind = true
        from (select distinct tenant_id, space from added) a
        where t.tenant_id = a.tenant_id and not t.behind and a.space <> coalesce(t.next, t.space);
    return null;
end $$;
create trigger vector_passages_spaces after insert on vector_passages
    referencing new table as added for each statement execute function app.note_space();

-- For the worker that keeps spaces: workspaces whose space is not that of the model they want, or that are behind. `models` are the
-- configured names, `sizes` their configured dimensions (null where the model decides), `standard` the installation's default.
create function app.spaces_due(models text[], sizes integer[], standard text, amount integer)
    returns table (tenant_id uuid, model text)
    language sql stable security definer set search_path = public, pg_temp
    as $$
        select t.tenant_id, m.name
        from tenant_spaces t
            join embedding_spaces s on s.id = t.space
            join unnest(models, sizes) m(name, size) on m.name = case when t.chosen = any(models) then t.chosen else standard end
        where (t.not_before is null or t.not_before < now())
            and (t.behind or t.next is not null or s.model <> m.name or (m.size is not null and m.size <> s.dimensions))
            and not exists (
                select from jobs j where j.tenant_id = t.tenant_id and j.kind = 'reembed' and j.status in ('queued', 'running', 'waiting'))
        order by t.tenant_id limit amount
    $$;

-- Removes vectors that nothing goes by any more, of one workspace, a bounded number at once. Returns how many went; 0 when none are left.
create function app.expire_spaces(amount integer) returns integer
    language plpgsql volatile security definer set search_path = public, pg_temp
    as $$
declare
    due record;
    gone integer;
begin
    update tenant_spaces t set leaving = t.leaving || t.previous, previous = null, keep_until = null
        where t.previous is not null and t.keep_until < now();
    select t.tenant_id, t.leaving into due from tenant_spaces t where t.leaving <> '{}' limit 1 for update skip locked;
    if not found then
        return 0;
    end if;
    delete from vector_passages v where (v.tenant_id, v.space, v.chunk_id) in (
        select p.tenant_id, p.space, p.chunk_id from vector_passages p
        where p.tenant_id = due.tenant_id and p.space = any(due.leaving) limit amount);
    get diagnostics gone = row_count;
    if gone < amount then
        update tenant_spaces t set leaving = '{}' where t.tenant_id = due.tenant_id;
    end if;
    return greatest(gone, 1);
end $$;
