-- Indexing words with half the processor time, in a way that yields exactly what it yielded before: nothing is indexed anew, and the
-- release before works with it. And lists of the best passages of frequent words, below.

-- As 0020 has it; `replace` looks for bytes where `translate` walks letters, and most texts are done after one look for both patterns.
create or replace function app.plain(content text) returns text
    language plpgsql immutable strict parallel safe
    as $$
begin
    content := replace(replace(replace(replace(content, '-', ' '), '/', ' '), '@', ' '), '_', ' ');
    if content ~ '\.[[:alpha:]]|[vV][0-9]' then
        content := regexp_replace(content, '([[:alpha:]]{2})\.(?=[[:alpha:]])', '\1 ', 'g');
        content := regexp_replace(content, '\m[vV](?=[0-9])', '', 'g');
    end if;
    if octet_length(content) > length(content) then
        content := normalize(content, nfkc);
        if content ~ '[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u31FF\u3400-\u9FFF\uAC00-\uD7A3]' then
            content := regexp_replace(content, '(' || app.syllable() || ')', '\1 \1', 'g');
        end if;
    end if;
    return content;
end $$;

-- As 0004 has it; the header, which counts twice, is parsed once.
create or replace function app.passage_lexemes(words regconfig, header text, content text) returns tsvector
    language plpgsql immutable strict parallel safe
    as $$
declare
    head constant tsvector := app.lexemes(words, header);
begin
    return head || head || app.lexemes(words, content);
end $$;

-- As 0020 has it, in one pass over the words instead of three.
create or replace function app.scoped(lexicon integer, lexemes tsvector, collection uuid, document uuid) returns tsvector
    language sql immutable strict parallel safe cost 100000
    as $$
        select array_to_tsvector(array['c' || collection, 'd' || document]
            || array_agg(lexicon || ':' || left(w.lexeme, 500))
            || array_agg(lexicon || '+' || left(w.lexeme, 500)) filter (where cardinality(w.positions) > 1)
            || array_agg(lexicon || '*' || left(w.lexeme, 500)) filter (where cardinality(w.positions) > 3))
        from unnest(lexemes) w
    $$;

-- As 0004 has it, except that positions are not unpacked to count words, and that the words come sorted, which is how their index likes
-- them. Passages without any word count nowhere, whatever goes in or out beside them.
create or replace function app.count_lexemes() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
    as $$
declare
    sign integer := case tg_op when 'INSERT' then 1 else -1 end;
    counted record;
begin
    for counted in
        select c.tenant_id, c.lexicon, c.passages, c.length, w.terms, w.counts
        from (select tenant_id, lexicon, count(*) passages, sum(length) length from changed where length > 0 group by 1, 2) c
            join (
                select lexicon, array_agg(lexeme) terms, array_agg(passages) counts
                from (
                    select lexicon, lexeme, count(*) passages from changed cross join lateral unnest(tsvector_to_array(lexemes)) lexeme
                    group by 1, 2 order by 1, 2) words
                group by lexicon) w using (lexicon)
        order by c.lexicon
    loop
        update lexicons set passages = passages + sign * counted.passages, length = length + sign * counted.length
            where number = counted.lexicon;
        -- A tenant that is being deleted takes its statistics along.
        continue when not found;
        if sign > 0 then
            insert into lexicon_terms as t (tenant_id, lexicon, term, passages)
                select counted.tenant_id, counted.lexicon, u.term, u.passages from unnest(counted.terms, counted.counts) u(term, passages)
                on conflict (lexicon, term) do update set passages = t.passages + excluded.passages;
        else
            update lexicon_terms t set passages = t.passages - u.passages
                from unnest(counted.terms, counted.counts) u(term, passages)
                where t.lexicon = counted.lexicon and t.term = u.term;
            -- A word that no passage has any more leaves its list (below), too: nothing of a deleted document stays.
            with gone as (
                delete from lexicon_terms t using unnest(counted.terms) u(term)
                where t.lexicon = counted.lexicon and t.term = u.term and t.passages = 0
                returning t.term)
            delete from lexicon_best b using gone where b.lexicon = counted.lexicon and b.term = gone.term;
        end if;
    end loop;
    return null;
end $$;

-- A foreign key is a look-up a row, and half of the price of counting a word. Words go with their lexicon, of which there are a few
-- a tenant; the lexicon goes with the tenant.
create function app.forget_lexicon() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
    as $$
begin
    delete from lexicon_terms t using gone g where t.lexicon = g.number;
    delete from lexicon_best b using gone g where b.lexicon = g.number;
    return null;
end $$;
create trigger lexicons_gone after delete on lexicons
    referencing old table as gone for each statement execute function app.forget_lexicon();
alter table lexicon_terms drop constraint lexicon_terms_tenant_id_fkey;

-- Rows of a document hang on it by (tenant_id, document_id), and documents on their tenant: the second key of each row says nothing more.
alter table document_pages drop constraint document_pages_tenant_id_fkey;
alter table chunks drop constraint chunks_tenant_id_fkey;
alter table lexical_passages drop constraint lexical_passages_tenant_id_fkey;
alter table vector_passages drop constraint vector_passages_tenant_id_fkey;

revoke execute on function app.forget_lexicon() from public;

-- What ANALYZE learned of words and vectors cost a second each time a table had grown by a tenth, and no plan hangs on it: look-ups go
-- by the words' index and by the tenant.
alter table lexical_passages alter column lexemes set statistics 0;
alter table vector_passages alter column embedding set statistics 0;
alter table chunks alter column embedding set statistics 0;

-- Frequent words of large tenants. The words' index says who has a word, not who has most of it, and a look-up must stop somewhere: of a
-- hundred thousand passages with a word it takes any few thousand. Here are those that gain most from it, best first, by their place in
-- lexical_passages. A place may have been freed and taken by another row since: whatever stands there is scored and filtered as
-- every candidate is, so a stale list costs a candidate, never a wrong answer. Written by the keeper, made anew when a quarter has come
-- or half has gone; what came since is found as before.
create table lexicon_best (
    tenant_id uuid not null,
    lexicon integer not null,
    term text not null,
    places tid[] not null,
    -- n / (n + k), the part of BM25 that the passage decides.
    gains real[] not null,
    primary key (lexicon, term)
);
call app.wall('lexicon_best');
revoke insert, update, delete on lexicon_best from aisaas_app;
alter table lexicons
    -- How many passages there were when the lists were made; 0 without lists.
    add column listed bigint not null default 0,
    -- The file that the places are in: rewriting the table (VACUUM FULL, a restored dump) makes them worthless.
    add column listed_in oid;

-- Lexicons whose lists are to be made or dropped. `smallest`: below half of that there are none.
create function app.lists_due(smallest bigint) returns setof integer
    language sql stable set search_path = public, pg_temp
    as $$
        select l.number from lexicons l
        where l.passages >= smallest and (l.listed = 0 or l.passages > l.listed * 1.25 or l.passages < l.listed * 0.5
                or l.listed_in is distinct from pg_relation_filenode('lexical_passages'))
            or l.listed > 0 and l.passages < smallest / 2
        order by l.passages
    $$;

-- Makes the lists of a lexicon: for each word in more than `rare` passages the `longest` best. Returns how many lists there are.
-- A sample says first how much a passage must gain to come into question, so that few of the postings have to be sorted.
create function app.list_best(which integer, smallest bigint, rare integer, longest integer) returns integer
    language plpgsql volatile set search_path = public, pg_temp set work_mem = '128MB' set max_parallel_workers_per_gather = 0 set jit = off
    as $$
declare
    lexicon record;
    rate integer;
    made integer := 0;
begin
    select number, tenant_id, passages, length::float8 / passages average into lexicon from lexicons where number = which and passages > 0;
    delete from lexicon_best where lexicon_best.lexicon = which;
    if lexicon.passages >= smallest then
        rate := greatest(1, least(64, lexicon.passages / 12000));
        with frequent as materialized (
                select t.term, row_number() over ()::integer id, t.passages from lexicon_terms t where t.lexicon = which and t.passages > rare),
            sample as materialized (
                select f.id, cardinality(w.positions) / (cardinality(w.positions) + 1.2 * (0.25 + 0.75 * p.length / lexicon.average)) gain
                from (select * from lexical_passages s
                        where s.tenant_id = lexicon.tenant_id and s.lexicon = which and hashtext(s.chunk_id::text) % rate = 0) p
                    cross join lateral unnest(p.lexemes) w join frequent f on f.term = w.lexeme and f.passages > longest * 1.5),
            cuts as materialized (
                select f.id, f.term, coalesce((select (array_agg(s.gain order by s.gain desc))[(longest * 1.5 / rate)::integer] from sample s where s.id = f.id), 0) cut
                from frequent f),
            entries as (
                select c.id, p.place, g.gain
                from (select ctid place, lexemes, length from lexical_passages s where s.tenant_id = lexicon.tenant_id and s.lexicon = which) p
                    cross join lateral unnest(p.lexemes) w join cuts c on c.term = w.lexeme
                    cross join lateral (
                        select (cardinality(w.positions) / (cardinality(w.positions) + 1.2 * (0.25 + 0.75 * p.length / lexicon.average)))::real gain) g
                where g.gain >= c.cut)
        insert into lexicon_best (tenant_id, lexicon, term, places, gains)
            select lexicon.tenant_id, which, c.term, e.places[1:longest], e.gains[1:longest]
            from (select id, array_agg(place order by gain desc) places, array_agg(gain order by gain desc) gains from entries group by id) e
                join cuts c using (id);
        get diagnostics made = row_count;
    end if;
    -- The lock that writers of the tenant wait for: last.
    update lexicons set listed = case when made > 0 or passages >= smallest then passages else 0 end, listed_in = pg_relation_filenode('lexical_passages')
        where number = which;
    return made;
end $$;
revoke execute on function app.lists_due(bigint), app.list_best(integer, bigint, integer, integer) from aisaas_app;

-- app.search with one more look-up, after that of the rare words: the best of the frequent words' lists, by what they gain from those words together.
-- And the look-up of all frequent words, each more than once, is left out where ten better ones are known by then.
do $$
declare
    functions constant regprocedure[] := array(
        select p.oid::regprocedure from pg_proc p where p.pronamespace = 'app'::regnamespace and p.proname in ('search', 'lexical_tiers') order by p.proname desc);
    edits constant text[] := array[
        $e$    paired uuid[];
$e$, $e$    paired uuid[];
    best tid[];
$e$,
        $e$select l.number, l.passages, l.length::float8 / l.passages average, l.language
$e$, $e$select l.number, l.passages, l.length::float8 / l.passages average, l.language,
            l.listed > 0 and l.listed_in = pg_relation_filenode('lexical_passages') listed
$e$,
        $e$        for query in
            select * from app.lexical_tiers(
$e$, $e$        best := null;
        if lexicon.listed and exhaustive is not true and required = '' then
            select array_agg(b.place) into best from (
                select e.place from (
                    select unnest(l.places[1:l.share]) place, unnest(l.gains[1:l.share]) * l.idf gain
                    from (
                        -- The rarest of them decide; 30,000 places are added up in some 20 ms.
                        select b.places, b.gains, w.idf, (30000 / count(*) over ())::integer share
                        from (
                            select u.word, u.idf from unnest(words.words, words.idf) u(word, idf)
                            where exists (select from lexicon_best known where known.lexicon = lexicon.number and known.term = u.word)
                            order by u.idf desc limit 8) w
                            join lexicon_best b on b.lexicon = lexicon.number and b.term = w.word) l) e
                group by e.place order by sum(e.gain) desc
                -- Twice as many where a filter takes most of them away.
                limit case when filtered < lexicon.passages / 2 then budget else budget / 2 end) b;
        end if;
        for query in
            select t.condition, t.refine, t.ceiling, t.neighbours from (
            select 'p.ctid = any($10)'::text condition, ''::text refine, 'infinity'::float8 ceiling, false neighbours, 1::bigint step where best is not null
            union all
            -- Rare words go before.
            select t.condition, t.refine, t.ceiling, t.neighbours, case when t.ceiling = 'infinity' and not t.neighbours then 0 else 1 + t.place end
            from app.lexical_tiers(
$e$,
        $e$ pairs.key_phrases, scope, budget, exhaustive)
$e$, $e$ pairs.key_phrases, scope, budget, exhaustive) with ordinality t(condition, refine, ceiling, neighbours, place)
$e$,
        $e$, 'infinity', false
                where required <> ''
$e$, $e$, 'infinity', false, 0
                where required <> '') t
            order by t.step
$e$,
        $e$            exit when cardinality(scores) > 0 and $e$, $e$            exit when query.ceiling < 'infinity' and cardinality(scores) > 0 and $e$,
        $e$case when query.neighbours then '{}' else scores end;
$e$, $e$case when query.neighbours then '{}' else scores end, best;
$e$];
    was text := pg_get_functiondef(functions[1]);
    becomes text := was;
begin
    for i in 1 .. cardinality(edits) by 2 loop
        if strpos(becomes, edits[i]) = 0 then
            raise exception 'app.search is not as 0020 left it: %', edits[i];
        end if;
        becomes := replace(becomes, edits[i], edits[i + 1]);
    end loop;
    execute becomes;

    was := pg_get_functiondef(functions[2]);
    becomes := replace(was,
        $was$'(' || app.scoped_query(lexicon, '+', many, ' & ') || ')' || scope), '', 'infinity'::float8, false;$was$,
        $becomes$'(' || app.scoped_query(lexicon, '+', many, ' & ') || ')' || scope), '', 1.7 * (select sum(weight) from unnest(weights) weight), false;$becomes$);
    if becomes = was then
        raise exception 'app.lexical_tiers is not as 0020 left it';
    end if;
    execute becomes;
end $$;
