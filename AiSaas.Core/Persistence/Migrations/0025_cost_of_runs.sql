-- What an answer cost, all its attempts together: calls know which answer they were made for. An answer that two workers were at, since the
-- first one died, was paid for twice. Builds before this one call record_calls with one argument less.
alter table model_calls add column run_id uuid;
create index model_calls_run on model_calls (tenant_id, run_id) where run_id is not null;

drop function app.record_calls;
drop function app.calls_of;

-- The arrays of a batch as rows of the ledger. Calls of workspaces that are gone are left out: nobody is left to account to.
create function app.calls_of(
        tenants uuid[], ids uuid[], ats timestamptz[], users uuid[], keys uuid[], features text[], end_users text[],
        conversations text[], apis text[], models text[], providers text[], kinds text[], provider_models text[], statuses text[],
        http_statuses integer[], errors text[], streams boolean[], inputs bigint[], cacheds bigint[], cache_writes bigint[],
        outputs bigint[], reasonings bigint[], estimates boolean[], priceds boolean[], versions text[], costs bigint[], saveds bigint[],
        caches text[], attempts text[], first_tokens integer[], durations integer[], traces text[], runs uuid[])
    returns setof model_calls
    language sql stable set search_path = public, pg_temp
    as $$
        select i.tenant_id, i.id, i.at, i.user_id, i.key_id, i.feature, i.end_user, i.conversation, i.api, i.model, i.provider, i.kind,
            i.provider_model, i.status, i.http_status, i.error, i.streamed, i.input_tokens, i.cached_tokens, i.cache_write_tokens,
            i.output_tokens, i.reasoning_tokens, i.estimated, i.priced, i.price_version, i.cost_nanos, i.saved_nanos, i.cache,
            i.attempts::jsonb, i.first_token_ms, i.duration_ms, i.trace_id, i.run_id
        from unnest(tenants, ids, ats, users, keys, features, end_users, conversations, apis, models, providers, kinds,
                provider_models, statuses, http_statuses, errors, streams, inputs, cacheds, cache_writes, outputs, reasonings,
                estimates, priceds, versions, costs, saveds, caches, attempts, first_tokens, durations, traces, runs)
            as i (tenant_id, id, at, user_id, key_id, feature, end_user, conversation, api, model, provider, kind, provider_model,
                status, http_status, error, streamed, input_tokens, cached_tokens, cache_write_tokens, output_tokens,
                reasoning_tokens, estimated, priced, price_version, cost_nanos, saved_nanos, cache, attempts, first_token_ms,
                duration_ms, trace_id, run_id)
        where exists (select from tenants t where t.id = i.tenant_id)
    $$;

-- The gateway's one way to write: a batch of many workspaces' calls, in one round trip. A call that is known already changes nothing,
-- except that a real outcome replaces the estimate of an interrupted one, and the hours are corrected by the difference.
-- Answers the transaction's id, by which a budget's counter tells whether what it was read from held these calls already.
-- Rows are touched in the order of their keys, so that two batches never deadlock.
create function app.record_calls(
        tenants uuid[], ids uuid[], ats timestamptz[], users uuid[], keys uuid[], features text[], end_users text[],
        conversations text[], apis text[], models text[], providers text[], kinds text[], provider_models text[], statuses text[],
        http_statuses integer[], errors text[], streams boolean[], inputs bigint[], cacheds bigint[], cache_writes bigint[],
        outputs bigint[], reasonings bigint[], estimates boolean[], priceds boolean[], versions text[], costs bigint[], saveds bigint[],
        caches text[], attempts text[], first_tokens integer[], durations integer[], traces text[], runs uuid[] default null)
    returns bigint
    language plpgsql volatile security definer set search_path = public, pg_temp
    as $$
    declare
        added integer;
    begin
        with written as (
            insert into model_calls
            select * from app.calls_of(tenants, ids, ats, users, keys, features, end_users, conversations, apis, models, providers,
                kinds, provider_models, statuses, http_statuses, errors, streams, inputs, cacheds, cache_writes, outputs, reasonings,
                estimates, priceds, versions, costs, saveds, caches, attempts, first_tokens, durations, traces, runs)
            order by tenant_id, id
            on conflict (tenant_id, id) do nothing
            returning *),
        counted as (
            insert into usage_hours as h
            select tenant_id, date_trunc('hour', at, 'UTC'), coalesce(end_user, user_id::text), key_id, feature,
                coalesce(provider_model, model), coalesce(provider, ''), count(*), count(*) filter (where status = 'failed'),
                count(*) filter (where cache <> 'miss'), count(*) filter (where not priced), count(*) filter (where w.estimated),
                sum(input_tokens), sum(cached_tokens), sum(cache_write_tokens), sum(output_tokens), sum(reasoning_tokens),
                sum(cost_nanos), sum(saved_nanos)
            from written w
            group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7
            on conflict (tenant_id, hour, user_label, key_id, feature, model, provider) do update set
                calls = h.calls + excluded.calls, failed = h.failed + excluded.failed,
                cache_hits = h.cache_hits + excluded.cache_hits, unpriced = h.unpriced + excluded.unpriced,
                estimated = h.estimated + excluded.estimated, input_tokens = h.input_tokens + excluded.input_tokens,
                cached_tokens = h.cached_tokens + excluded.cached_tokens,
                cache_write_tokens = h.cache_write_tokens + excluded.cache_write_tokens,
                output_tokens = h.output_tokens + excluded.output_tokens,
                reasoning_tokens = h.reasoning_tokens + excluded.reasoning_tokens,
                cost_nanos = h.cost_nanos + excluded.cost_nanos, saved_nanos = h.saved_nanos + excluded.saved_nanos)
        select count(*) into added from written;

        if added < cardinality(ids) then
            with incoming as materialized (
                select * from app.calls_of(tenants, ids, ats, users, keys, features, end_users, conversations, apis, models, providers,
                    kinds, provider_models, statuses, http_statuses, errors, streams, inputs, cacheds, cache_writes, outputs,
                    reasonings, estimates, priceds, versions, costs, saveds, caches, attempts, first_tokens, durations, traces, runs) c
                where c.status <> 'interrupted'),
            old as materialized (
                select m.* from model_calls m join incoming i on i.tenant_id = m.tenant_id and i.id = m.id
                where m.status = 'interrupted' order by m.tenant_id, m.id for update of m),
            new as (
                update model_calls m set provider = i.provider, kind = i.kind, provider_model = i.provider_model, status = i.status,
                    http_status = i.http_status, error = i.error, input_tokens = i.input_tokens, cached_tokens = i.cached_tokens,
                    cache_write_tokens = i.cache_write_tokens, output_tokens = i.output_tokens,
                    reasoning_tokens = i.reasoning_tokens, estimated = i.estimated, priced = i.priced,
                    price_version = i.price_version, cost_nanos = i.cost_nanos, saved_nanos = i.saved_nanos, cache = i.cache,
                    attempts = i.attempts, first_token_ms = i.first_token_ms, duration_ms = i.duration_ms, trace_id = i.trace_id
                from old o join incoming i on i.tenant_id = o.tenant_id and i.id = o.id
                where m.tenant_id = o.tenant_id and m.id = o.id
                returning m.*),
            signed as (
                select 1 as sign, n.* from new n union all select -1, o.* from old o)
            insert into usage_hours as h
            select tenant_id, date_trunc('hour', at, 'UTC'), coalesce(end_user, user_id::text), key_id, feature,
                coalesce(provider_model, model), coalesce(provider, ''), sum(sign), coalesce(sum(sign) filter (where status = 'failed'), 0),
                coalesce(sum(sign) filter (where cache <> 'miss'), 0), coalesce(sum(sign) filter (where not priced), 0),
                coalesce(sum(sign) filter (where s.estimated), 0),
                sum(sign * input_tokens), sum(sign * cached_tokens), sum(sign * cache_write_tokens), sum(sign * output_tokens),
                sum(sign * reasoning_tokens), sum(sign * cost_nanos), sum(sign * saved_nanos)
            from signed s
            group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7
            on conflict (tenant_id, hour, user_label, key_id, feature, model, provider) do update set
                calls = h.calls + excluded.calls, failed = h.failed + excluded.failed,
                cache_hits = h.cache_hits + excluded.cache_hits, unpriced = h.unpriced + excluded.unpriced,
                estimated = h.estimated + excluded.estimated, input_tokens = h.input_tokens + excluded.input_tokens,
                cached_tokens = h.cached_tokens + excluded.cached_tokens,
                cache_write_tokens = h.cache_write_tokens + excluded.cache_write_tokens,
                output_tokens = h.output_tokens + excluded.output_tokens,
                reasoning_tokens = h.reasoning_tokens + excluded.reasoning_tokens,
                cost_nanos = h.cost_nanos + excluded.cost_nanos, saved_nanos = h.saved_nanos + excluded.saved_nanos;
        end if;

        return pg_current_xact_id()::text::bigint;
    end $$;
revoke execute on function app.calls_of from aisaas_app;
