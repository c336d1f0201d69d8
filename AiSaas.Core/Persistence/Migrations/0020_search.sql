-- Search, second version: every language that Postgres stems and scripts without spaces, stop words that count where they must,
-- phrases and neighbouring words, metadata filters, approximate vector search in large tenants.

-- Postgres' languages again, without their stop word lists: "here document" and "to be or not to be" are nothing but stop words.
-- Which words those are is still known (pg_catalog's configurations), so that a question's stop words score only where it has no others.
do $$
declare found record;
begin
    for found in select d.dictname, substring(d.dictinitoption from 'language = ''(\w+)''') language
        from pg_ts_dict d join pg_ts_template t on t.oid = d.dicttemplate
        where d.dictnamespace = 'pg_catalog'::regnamespace and t.tmplname = 'snowball'
    loop
        execute format('create text search dictionary app.%I (template = pg_catalog.snowball, language = %L)', found.dictname, found.language);
    end loop;
    for found in select c.oid, c.cfgname from pg_ts_config c where c.cfgnamespace = 'pg_catalog'::regnamespace loop
        execute format('create text search configuration app.%1$I (copy = pg_catalog.%1$I)', found.cfgname);
        declare stemmer name;
        begin
            for stemmer in select distinct d.dictname from pg_ts_config_map m
                join pg_ts_dict d on d.oid = m.mapdict join pg_ts_template t on t.oid = d.dicttemplate
                where m.mapcfg = found.oid and t.tmplname = 'snowball'
            loop
                execute format('alter text search configuration app.%I alter mapping replace pg_catalog.%2$I with app.%2$I', found.cfgname, stemmer);
            end loop;
        end;
    end loop;
end $$;

create or replace function app.text_search(language text) returns regconfig
    language sql stable parallel safe
    as $$ select coalesce((select oid from pg_ts_config where cfgname = language and cfgnamespace = 'app'::regnamespace), 'app.simple'::regconfig)::regconfig $$;

-- Letters of scripts that put no spaces between words (Thai, Lao, Burmese, Khmer, Japanese, Chinese) or hang particles on them
-- (Korean), each with the marks that belong to it.
create function app.syllable() returns text
    language sql immutable parallel safe
    as $$ select '[\u0E01-\u0E30\u0E32\u0E33\u0E40-\u0E46\u0E81-\u0EB0\u0EB2\u0EB3\u0EC0-\u0EC6\u1000-\u102A\u1780-\u17B3\u3041-\u3096\u30A1-\u30FA\u30FC\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7A3]'
        || '[\u0E31\u0E34-\u0E3A\u0E47-\u0E4E\u0EB1\u0EB4-\u0EBC\u0EC8-\u0ECE\u102B-\u103E\u17B4-\u17D3]*' $$;

-- A text as the parser shall see it, at indexing and at asking alike:
--   1. err-4711, foo_bar, and/or, anna@example.com, System.Text.Json are several words (neighbours, which the search rewards);
--      Postgres would keep some whole, and some both ways, which skews lengths. 10.0.2 stays whole, and v10.0.2 is the same number.
--   2. Compatibility forms (ligatures, full width, combining accents) are the letters that people type.
--   3. Where a script has no spaces, every two neighbouring letters are a word: each letter is written twice with a space between,
--      so ABC reads "A AB BC C".
create function app.plain(content text) returns text
    language plpgsql immutable strict parallel safe
    as $$
begin
    content := translate(content, '-/@_', '    ');
    if content ~ '[[:alpha:]]{2}\.[[:alpha:]]' then
        content := regexp_replace(content, '([[:alpha:]]{2})\.(?=[[:alpha:]])', '\1 ', 'g');
    end if;
    if content ~ '\m[vV][0-9]' then
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

create or replace function app.lexemes(words regconfig, content text) returns tsvector
    language sql immutable strict parallel safe
    as $$ select to_tsvector(words, app.plain(content)) $$;

-- The inverted index, with two more lists for each word: the passages that have it twice or more ('+'), four times or more ('*').
-- Frequent words are looked up there first, so that a bounded look-up sees the best of them and not just any. The collection and the
-- document are in it too, so that a filter narrows a look-up inside the index instead of throwing away most of what it read.
drop index lexical_passages_words;
drop function app.scoped(integer, tsvector);
create function app.scoped(lexicon integer, lexemes tsvector, collection uuid, document uuid) returns tsvector
    language sql immutable strict parallel safe cost 100000
    as $$
        select array_to_tsvector(array['c' || collection, 'd' || document] || array(
            select lexicon || ':' || left(w.lexeme, 500) from unnest(lexemes) w
            union all select lexicon || '+' || left(w.lexeme, 500) from unnest(lexemes) w where cardinality(w.positions) > 1
            union all select lexicon || '*' || left(w.lexeme, 500) from unnest(lexemes) w where cardinality(w.positions) > 3))
    $$;

-- The HNSW indexes that the keeper made for large tenants. Search uses one only once it is said to be ready here.
create table vector_indexes (
    tenant_id uuid not null references tenants on delete cascade,
    space text not null references embedding_spaces on delete cascade,
    number integer generated always as identity unique,
    dimensions integer not null,
    ready boolean not null default false,
    -- How many vectors there were, and how long it took.
    vectors bigint,
    seconds real,
    created_at timestamptz not null default now(),
    primary key (tenant_id, space)
);
call app.wall('vector_indexes');
revoke insert, update, delete on vector_indexes from aisaas_app;

-- For filters by what documents are like. None of these columns changes while a document is processed.
create index documents_by_type on documents (tenant_id, content_type);
create index documents_by_time on documents (tenant_id, created_at);
create index documents_by_prefix on documents (tenant_id, lower(name) text_pattern_ops);

-- The words of a question in every language that the tenant has passages in, one row a word and place in the question.
-- idf is the tenant's, over all its languages: a word must not be precious in English because it is rare among ten Finnish passages.
create type app.question_word as (
    lexicon integer, place integer, word text, query text, prefix boolean, stop boolean, passages bigint, idf double precision);
create function app.question_words(me uuid, question text) returns setof app.question_word
    language sql stable set search_path = public, pg_temp
    as $$
        with asked as materialized (select app.plain(question) plain),
            found as materialized (
                select l.number, at.place::integer, w.lexeme,
                    -- One letter of a script without spaces stands for every word that it begins.
                    w.lexeme ~ ('^' || app.syllable() || '$') and octet_length(w.lexeme) > 2 as syllable,
                    not exists (select from unnest(to_tsvector(coalesce(
                            (select c.oid from pg_ts_config c where c.cfgname = l.language and c.cfgnamespace = 'pg_catalog'::regnamespace),
                            'pg_catalog.simple'::regconfig)::regconfig, asked.plain)) known where at.place = any(known.positions)) stop
                from lexicons l cross join asked
                    cross join lateral unnest(to_tsvector(app.text_search(l.language), asked.plain)) w
                    cross join lateral unnest(w.positions) at(place)
                where l.tenant_id = me and l.passages > 0),
            counted as materialized (
                select f.*, f.syllable as prefix, coalesce(case when f.syllable
                    then (select least(coalesce(sum(t.passages), 0), (select l.passages from lexicons l where l.number = f.number)) from lexicon_terms t
                        where t.lexicon = f.number and t.term ^@ f.lexeme)
                    else (select t.passages from lexicon_terms t where t.lexicon = f.number and t.term = f.lexeme) end, 0)::bigint passages
                from found f
                -- Inside a longer run the pairs say it all.
                where not f.syllable or not exists (
                    select from found longer where longer.number = f.number and not longer.syllable and abs(longer.place - f.place) = 1
                        and (starts_with(longer.lexeme, f.lexeme) or right(longer.lexeme, length(f.lexeme)) = f.lexeme))),
            tenant as (select sum(l.passages) passages from lexicons l where l.tenant_id = me),
            everywhere as (select c.place, least(sum(c.passages), max(t.passages)) passages, max(t.passages) total from counted c cross join tenant t group by c.place)
        select c.number, c.place, c.lexeme, array_to_tsvector(array[c.lexeme])::text || case when c.prefix then ':*' else '' end, c.prefix, c.stop, c.passages,
            ln(1 + (e.total - e.passages + 0.5) / (e.passages + 0.5))::float8
        from counted c join everywhere e using (place)
    $$;

-- The look-ups of app.search, in order, each with what a passage that has its words and no others hardly exceeds: a word that
-- comes up a few times in a passage of average length scores about 1.5 times its idf, one that comes up once about 1.1 times.
-- The marks choose the list of each look-up: ':' all passages with the word, '+' with two or more of it, '*' with four or more.
-- `scope` is the filter's keys; `pairs` are neighbouring words in the index's terms, `phrases` the same as phrases.
drop function app.lexical_tiers(integer, text[], integer[], double precision[], integer, boolean);
create function app.lexical_tiers(
    lexicon integer, words text[], prefixes boolean[], passages bigint[], idf double precision[], pairs text[], phrases text[],
    scope text, budget integer, exhaustive boolean)
    returns table (condition text, refine text, ceiling double precision, neighbours boolean)
    language plpgsql immutable set search_path = public, pg_temp
    as $$
declare
    word record;
    running bigint := 0;
    few text[] := '{}';
    many text[] := '{}';
    weights float8[] := '{}';
    of_words constant text := 'app.scoped(p.lexicon, p.lexemes, p.collection_id, p.document_id) @@ %L::tsquery';
begin
    for word in select u.* from unnest(words, prefixes, passages, idf) u(word, prefix, passages, idf) where u.passages > 0 loop
        running := running + word.passages;
        if exhaustive then
            few := few || (array_to_tsvector(array[word.word])::text || case when word.prefix then ':*' else '' end);
        elsif running <= budget or word.prefix then
            few := few || (array_to_tsvector(array[lexicon || ':' || left(word.word, 500)])::text || case when word.prefix then ':*' else '' end);
        else
            many := many || left(word.word, 500);
            weights := weights || word.idf;
        end if;
    end loop;

    if exhaustive then
        -- So few rows that their own index serves better than the words' index.
        if cardinality(few) > 0 then
            return query select format('p.tenant_id = app.tenant() and p.lexemes @@ %L::tsquery', array_to_string(few, ' | ')), '', 'infinity'::float8, false;
        end if;
        if cardinality(pairs) > 0 then
            return query select format('p.tenant_id = app.tenant() and p.lexemes @@ %L::tsquery', array_to_string(phrases, ' | ')), '', 'infinity'::float8, true;
        end if;
        return;
    end if;
    if cardinality(few) > 0 then
        return query select format(of_words, '(' || array_to_string(few, ' | ') || ')' || scope), '', 'infinity'::float8, false;
    end if;
    if cardinality(many) > 1 then
        return query select format(of_words, '(' || app.scoped_query(lexicon, '+', many, ' & ') || ')' || scope), '', 'infinity'::float8, false;
    end if;
    if cardinality(pairs) > 0 then
        return query select format(of_words, '(' || array_to_string(pairs, ' | ') || ')' || scope),
            format(' where p.lexemes @@ %L::tsquery', array_to_string(phrases, ' | ')), 'infinity'::float8, true;
    end if;
    if cardinality(many) > 1 then
        return query select format(of_words, '(' || app.scoped_query(lexicon, ':', many, ' & ') || ')' || scope), '',
            1.5 * (select sum(weight) from unnest(weights) weight), false;
    end if;
    if cardinality(many) > 2 then
        return query select format(of_words, '(' || string_agg('(' || app.scoped_query(lexicon, mark, array[a.word, b.word], ' & ') || ')', ' | ') || ')' || scope), '',
                factor * (weights[1] + weights[2]), false
            from (values ('+', 2.2), (':', 1.5)) level(mark, factor),
                unnest(many[1:4]) with ordinality a(word, place) join unnest(many[1:4]) with ordinality b(word, place) on a.place < b.place
            group by mark, factor order by factor desc;
    end if;
    if cardinality(many) > 0 then
        return query select format(of_words, '(' || app.scoped_query(lexicon, mark, many[1:4], ' | ') || ')' || scope), '', factor * weights[1], false
            from (values ('*', 2.2), ('+', 1.7), (':', 1.2)) level(mark, factor);
    end if;
end $$;

create function app.scoped_query(lexicon integer, mark text, words text[], joint text) returns text
    language sql immutable parallel safe set search_path = public, pg_temp
    as $$ select string_agg(array_to_tsvector(array[lexicon || mark || left(word, 500)])::text, joint) from unnest(words) word $$;

-- What a search is limited to, as conditions on p (lexical_passages or vector_passages) with $1 collections, $2 documents,
-- $3 content types, $4 and $5 times, $6 the beginning of a name; `scope` says the same to the words' index, where it can. Filters on what documents are like become a list of documents
-- while it is short. `passages` is how many passages the filter leaves, as far as 20,000 documents tell; null without a filter.
create function app.search_filter(
    me uuid, inout in_collections uuid[], inout in_documents uuid[], of_types text[], created_from timestamptz, created_to timestamptz, name_prefix text,
    out conditions text, out scope text, out passages bigint)
    language plpgsql stable set search_path = public, pg_temp
    as $$
declare
    most constant integer := 20000;
    about text := '';
    found_documents bigint;
    found_ids uuid[];
begin
    conditions := '';
    scope := '';
    if of_types is not null then about := about || ' and d.content_type = any($3)'; end if;
    if created_from is not null then about := about || ' and d.created_at >= $4'; end if;
    if created_to is not null then about := about || ' and d.created_at < $5'; end if;
    if name_prefix is not null then about := about || ' and lower(d.name) like $6'; end if;
    if about <> '' or in_collections is not null or in_documents is not null then
        execute format('select coalesce(sum(n.chunks), 0), count(*), %s from (
                select d.id, coalesce(d.chunks, 1) chunks from documents d where d.tenant_id = %L%s%s%s limit %s) n',
            case when about = '' then 'null::uuid[]' else 'array_agg(n.id)' end, me,
            case when in_collections is not null then ' and d.collection_id = any($1)' else '' end,
            case when in_documents is not null then ' and d.id = any($2)' else '' end, about, most + 1)
            into passages, found_documents, found_ids
            using in_collections, in_documents, of_types, created_from, created_to, name_prefix;
        if found_documents > most then
            passages := greatest(passages, most + 1);
        elsif about <> '' then
            in_collections := null;
            in_documents := coalesce(found_ids, '{}');
            about := '';
        end if;
    end if;
    if in_collections is not null then conditions := conditions || ' and p.collection_id = any($1)'; end if;
    if in_documents is not null then conditions := conditions || ' and p.document_id = any($2)'; end if;
    -- The same as keys of the words' index, while they are few.
    if cardinality(in_collections) <= 100 then
        scope := scope || ' & (' || (select string_agg(format('''c%s''', id), ' | ') from unnest(in_collections) id) || ')';
    end if;
    if cardinality(in_documents) <= 200 then
        scope := scope || ' & (' || (select string_agg(format('''d%s''', id), ' | ') from unnest(in_documents) id) || ')';
    end if;
    scope := coalesce(scope, '');
    if about <> '' then
        conditions := conditions || format(
            ' and exists (select from documents d where d.tenant_id = %L and d.id = p.document_id%s)', me, about);
    end if;
    conditions := conditions || app.visible_only();
end $$;

-- The passages of the current tenant that may answer a question, by words and by meaning, with the raw scores of both:
-- BM25 (k1 1.2, b 0.75), what neighbouring words of the question that are neighbours in the passage add to it, the share of the
-- question's information (idf) that the passage has, and the cosine. Only ids and scores come out: texts are read by the caller,
-- behind the wall.
--
-- It runs as the owner because row-level security lets no operator that isn't leakproof reach an index, which is all of text
-- search and arrays; so the tenant is taken from the transaction here, never from a parameter.
--
-- Words. Work is bounded whatever the size of the tenant and the frequency of its words. `budget` passages are scored for each of:
--   1. any of the rare words, rarest first, until together they are in `budget` passages;
--   2. all of the frequent words at once, each more than once;
--   3. two neighbours of the question that are neighbours in the passage, where few passages have both;
--   4. all of the frequent words at once;  5. two of them;  6. any of them; each first where they come up more than once;
-- 4 to 6 are looked at only while passages with those words alone could still reach the tenth place, and no look-up is begun
-- after 40 ms. Every candidate is scored on all words. In a tenant smaller than the budget this is plain, exhaustive BM25.
-- Stop words score only in a question that has no others. What stands in quotation marks must be in the passage as a phrase.
--
-- Vectors. Exact where the tenant has no index or the filter leaves little (of a million 22,000); else the tenant's own HNSW index, scanned on
-- until enough rows pass the filter, and exactly where that gives up early.
drop function app.search(text, text, halfvec, uuid[], uuid[], text[], integer);
create function app.search(
    question text, in_space text, question_vector halfvec, in_collections uuid[], in_documents uuid[], of_types text[], take integer,
    created_from timestamptz default null, created_to timestamptz default null, name_prefix text default null)
    returns table (
        chunk_id uuid, lexical double precision, coverage double precision, cosine double precision, lexical_ms double precision,
        vector_ms double precision, proximity double precision)
    language plpgsql volatile security definer set search_path = public, pg_temp
    -- A bitmap that outgrows work_mem forgets rows and rechecks whole pages by the costly expression; the expression's cost makes
    -- every plan look worth compiling and spreading over workers, which takes longer than the search.
    set work_mem = '32MB' set jit = off set max_parallel_workers_per_gather = 0
    -- Switched inside; what a function sets ends with it.
    set enable_sort = on set enable_seqscan = on set enable_bitmapscan = on
    as $$
declare
    me constant uuid := app.tenant();
    -- Of the lesser idf of the two neighbours.
    nearness constant float8 := 0.3;
    prefix_pattern constant text := lower(replace(replace(replace(name_prefix, '\', '\\'), '%', '\%'), '_', '\_')) || '%';
    quoted text[] := array(
        select m[1] from regexp_matches(translate(question, '“”„«»', repeat('"', 5)), '"([^"]*[^"\s][^"]*)"', 'g') m limit 4);
    filters text;
    scope text;
    filtered bigint;
    required text;
    budget integer;
    exhaustive boolean;
    has_index boolean := false;
    asked app.question_word[];
    lexicon record;
    words record;
    pairs record;
    query record;
    score text;
    covered text;
    near uuid[] := '{}';
    near_cosines float8[] := '{}';
    hits uuid[];
    scores float8[];
    more uuid[];
    more_scores float8[];
    paired uuid[];
    covers float8[];
    closes float8[];
    all_hits uuid[] := '{}';
    all_scores float8[] := '{}';
    all_covered float8[] := '{}';
    all_close float8[] := '{}';
    started timestamptz := clock_timestamp();
    vector_time float8;
begin
    if me is null then
        return;
    end if;
    select f.in_collections, f.in_documents, f.conditions, f.scope, f.passages into in_collections, in_documents, filters, scope, filtered
        from app.search_filter(me, in_collections, in_documents, of_types, created_from, created_to, prefix_pattern) f;
    if filtered = 0 then
        return;
    end if;

    -- A phrase is a condition on words; what has it is few, and its cosines are taken below.
    if question_vector is not null and quoted = '{}' then
        -- What a filter leaves is compared with one by one while that is less work than walking the graph to enough of them.
        select filtered is null or filtered > greatest(2000, sqrt(500.0 * i.vectors)) into has_index from vector_indexes i
            where i.tenant_id = me and i.space = in_space and i.ready and i.dimensions = vector_dims(question_vector);
        if has_index then
            perform set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.max_scan_tuples', '40000', true),
                set_config('hnsw.ef_search', greatest(100, least(1000, 2 * take))::text, true),
                set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true);
            -- The tenant, the space and the dimensions stand in the text as literals, so that the planner can prove the index fits.
            execute format(
                'select coalesce(array_agg(n.chunk_id), ''{}''), coalesce(array_agg(1 - n.distance), ''{}'') from (
                    select p.chunk_id, p.embedding::halfvec(%1$s) <=> $7 distance from vector_passages p
                    where p.tenant_id = %2$L and p.space = %3$L %4$s order by p.embedding::halfvec(%1$s) <=> $7 limit %5$s) n',
                vector_dims(question_vector), me, in_space, filters, take)
                into near, near_cosines using in_collections, in_documents, of_types, created_from, created_to, prefix_pattern, question_vector;
            perform set_config('enable_sort', 'on', true), set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true);
        end if;
        if cardinality(near) < take then
            -- The sum keeps the order from being an index's.
            execute format(
                'select coalesce(array_agg(n.chunk_id), ''{}''), coalesce(array_agg(1 - n.distance), ''{}'') from (
                    select p.chunk_id, (p.embedding <=> $7) + 0 distance from vector_passages p
                    where p.tenant_id = %1$L and p.space = %2$L %3$s order by 2 limit %4$s) n',
                me, in_space, filters, take)
                into near, near_cosines using in_collections, in_documents, of_types, created_from, created_to, prefix_pattern, question_vector;
        end if;
    end if;
    vector_time := extract(epoch from clock_timestamp() - started) * 1000;
    started := clock_timestamp();

    select array_agg(w) into asked from app.question_words(me, question) w;
    for lexicon in select l.number, l.passages, l.length::float8 / l.passages average, l.language
        from lexicons l where l.tenant_id = me and l.passages > 0 order by l.number
    loop
        -- The question's words, rarest first. Beyond 32 the frequent ones say nothing.
        select array_agg(w.word order by w.passages) words, array_agg(w.query order by w.passages) queries,
            array_agg(w.prefix order by w.passages) prefixes, array_agg(w.passages order by w.passages) passages,
            array_agg(w.idf order by w.passages) idf, sum(w.idf) total, sum(w.passages) known
            into words
            from (
                select a.word, min(a.query) query, bool_or(a.prefix) prefix, max(a.passages) passages, max(a.idf) idf
                from (select u.*, bool_and(u.stop) over () only_stops from unnest(asked) u where u.lexicon = lexicon.number) a
                where not a.stop or a.only_stops
                group by a.word order by 4 limit 32) w;
        continue when words.words is null or words.known = 0;
        -- Scoring takes about half a microsecond a passage and word.
        budget := greatest(500, least(4000, 24000 / cardinality(words.words)));
        exhaustive := filtered <= 5000 or lexicon.passages <= 500;

        -- Neighbours in the question, stop words included ("here document"), and the nearest that aren't stop words ("speed of light").
        select array_agg(format('%s <%s> %s', p.one, p.distance, p.other) order by p.weight desc) phrases, array_agg(p.weight order by p.weight desc) weights,
            (array_agg(p.keys order by p.weight desc) filter (where p.together <= budget))[1:4] keys,
            (array_agg(format('(%s <%s> %s)', p.one, p.distance, p.other) order by p.weight desc) filter (where p.together <= budget))[1:4] key_phrases
            into pairs
            from (
                select n.query one, n.other, n.distance, max(least(n.idf, n.other_idf)) weight, min(n.passages::float8 * n.other_passages / lexicon.passages) together,
                    '(' || app.scoped_query(lexicon.number, ':', array[min(n.word), min(n.other_word)], ' & ') || ')' keys
                from (
                    select u.word, u.query, u.idf, u.passages, lead(u.word) over beside other_word, lead(u.query) over beside other,
                        lead(u.idf) over beside other_idf, lead(u.passages) over beside other_passages, lead(u.place) over beside - u.place distance
                    from unnest(asked) u where u.lexicon = lexicon.number window beside as (order by u.place)
                    union all
                    select u.word, u.query, u.idf, u.passages, lead(u.word) over beside, lead(u.query) over beside,
                        lead(u.idf) over beside, lead(u.passages) over beside, lead(u.place) over beside - u.place
                    from unnest(asked) u where u.lexicon = lexicon.number and not u.stop window beside as (order by u.place)) n
                where n.passages > 0 and n.other_passages > 0 and n.distance between 1 and 4
                group by 1, 2, 3 order by 4 desc limit 12) p;

        -- Text of the query is made here, once: one ts_rank a word, no joins, no aggregates. With even weights that rank is the sum of
        -- 1/j² over the word's n occurrences, over π²/6, which is 1 - 0.608 / (n + 0.5) as near as rounding to n needs.
        select string_agg(format('%s * (1 - k / (k + round(0.6079271 / (1.00000001 - ts_rank(''{1,1,1,1}''::float4[], p.lexemes, %L::tsquery)) - 0.5)))',
                2.2 * u.idf, u.query), ' + '),
            string_agg(format('%s * (p.lexemes @@ %L::tsquery)::integer', u.idf / words.total, u.query), ' + ')
            into score, covered
            from unnest(words.queries, words.passages, words.idf) u(query, passages, idf) where u.passages > 0;
        score := coalesce(score, '0');
        covered := coalesce(covered, '0');
        required := '';
        if quoted <> '{}' then
            select string_agg(app.phrase(lexicon.language, q.phrase), ' & ') into required from unnest(quoted) q(phrase);
            -- Marks and nothing else are no phrase.
            required := coalesce(required, '');
        end if;

        hits := '{}';
        scores := '{}';
        paired := '{}';
        for query in
            select * from app.lexical_tiers(
                lexicon.number, words.words, words.prefixes, words.passages, words.idf,
                -- Where the words alone bring more passages than are taken.
                case when words.known > take then pairs.keys end, pairs.key_phrases, scope, budget, exhaustive)
                where required = ''
            union all
            select case when exhaustive then 'p.tenant_id = app.tenant()' else format(
                    'app.scoped(p.lexicon, p.lexemes, p.collection_id, p.document_id) @@ %L::tsquery',
                    '(' || app.scoped_phrase(lexicon.number, lexicon.language, quoted) || ')' || scope) end,
                format(' where p.lexemes @@ %L::tsquery', required), 'infinity', false
                where required <> ''
        loop
            continue when scores[10] >= query.ceiling;
            exit when cardinality(scores) > 0 and clock_timestamp() > started + interval '40 ms';
            execute format(
                'select array_agg(s.chunk_id order by s.score desc), array_agg(s.score order by s.score desc) from (
                    select distinct on (u.score, u.chunk_id) u.* from (
                        select p.chunk_id, %1$s score from (
                            select q.* , %2$s + %3$s * q.length k from (
                                select * from lexical_passages p where p.lexicon = %4$s and %5$s %6$s limit %7$s) q) p %9$s
                        union all select * from unnest($8, $9)) u
                    order by u.score desc, u.chunk_id limit %8$s) s',
                score, 1.2 * 0.25, 1.2 * 0.75 / lexicon.average, lexicon.number, query.condition, filters,
                case when exhaustive or required <> '' then 20000 when query.ceiling < 'infinity' then budget / 2 else budget end, take, query.refine)
                into more, more_scores
                using in_collections, in_documents, of_types, created_from, created_to, prefix_pattern, question_vector,
                    case when query.neighbours then '{}' else hits end, case when query.neighbours then '{}' else scores end;
            if query.neighbours then
                -- Kept whatever their words alone score.
                paired := coalesce(more, '{}');
            else
                hits := coalesce(more, '{}');
                scores := coalesce(more_scores, '{}');
            end if;
        end loop;

        -- What only the vectors found is scored by words as well, so that the two lists can be weighed against each other.
        execute format(
            'select array_agg(p.chunk_id), array_agg(%1$s), array_agg(%2$s), array_agg(%7$s) from (
                select q.*, %3$s + %4$s * q.length k from lexical_passages q
                where q.tenant_id = %5$L and q.lexicon = %6$s and q.chunk_id = any($8 || $9)) p',
            score, covered, 1.2 * 0.25, 1.2 * 0.75 / lexicon.average, me, lexicon.number,
            coalesce((select string_agg(format('%s * (p.lexemes @@ %L::tsquery)::integer', nearness * n.weight, n.phrase), ' + ')
                from unnest(pairs.phrases, pairs.weights) n(phrase, weight)), '0'))
            into hits, scores, covers, closes
            using in_collections, in_documents, of_types, created_from, created_to, prefix_pattern, question_vector, hits || paired, near;
        all_hits := all_hits || hits;
        all_scores := all_scores || scores;
        all_covered := all_covered || covers;
        all_close := all_close || closes;
    end loop;

    if question_vector is not null then
        -- Planned for this tenant each time: a plan for the average tenant reads all of a large one's rows.
        execute format(
            'select coalesce(array_agg(p.chunk_id), ''{}''), coalesce(array_agg(1 - (p.embedding <=> $1)), ''{}'') from vector_passages p
                where p.tenant_id = %L and p.space = %L and p.chunk_id = any($2) and not p.chunk_id = any($3)', me, in_space)
            into more, more_scores using question_vector, all_hits, near;
        near := near || more;
        near_cosines := near_cosines || more_scores;
    end if;
    return query
        select coalesce(w.id, m.id), w.score, w.covered, m.cosine, extract(epoch from clock_timestamp() - started)::float8 * 1000, vector_time, w.close
        from unnest(all_hits, all_scores, all_covered, all_close) w(id, score, covered, close)
            full join unnest(near, near_cosines) m(id, cosine) on m.id = w.id;
end $$;

-- A quoted phrase in a language: its words at their distances. Null without words.
create function app.phrase(language text, phrase text) returns text
    language plpgsql stable set search_path = public, pg_temp
    as $$
declare
    word record;
    before integer;
    made text;
begin
    for word in
        with found as (
            select w.lexeme, at.place::integer, w.lexeme ~ ('^' || app.syllable() || '$') and octet_length(w.lexeme) > 2 syllable
            from unnest(app.lexemes(app.text_search(language), phrase)) w cross join lateral unnest(w.positions) at(place))
        select f.place, array_to_tsvector(array[f.lexeme])::text query from found f
        where not f.syllable or not exists (select from found longer where not longer.syllable and abs(longer.place - f.place) = 1
            and (starts_with(longer.lexeme, f.lexeme) or right(longer.lexeme, length(f.lexeme)) = f.lexeme))
        order by f.place
    loop
        made := case when made is null then word.query else format('%s <%s> %s', made, word.place - before, word.query) end;
        before := word.place;
    end loop;
    return '(' || made || ')';
end $$;

-- The words of quoted phrases, all of them, in the index's terms.
create function app.scoped_phrase(lexicon integer, language text, phrases text[]) returns text
    language sql stable set search_path = public, pg_temp
    as $$
        select string_agg(array_to_tsvector(array[lexicon || ':' || left(words[1], 500)])::text, ' & ')
        from unnest(phrases) phrase
            cross join lateral regexp_matches(app.phrase(language, phrase), '''((?:[^'']|'''')*)''', 'g') words
    $$;

-- From one configuration's words to the other's: everything indexed so far, again.
drop function app.frequency_steps();
truncate lexical_passages, lexicon_terms;
update lexicons set passages = 0, length = 0;
do $$
declare owner_id uuid;
begin
    for owner_id in select id from tenants loop
        perform set_config('app.tenant', owner_id::text, true);
        insert into lexical_passages (tenant_id, chunk_id, collection_id, document_id, version, lexicon, length, lexemes)
            select c.tenant_id, c.id, c.collection_id, c.document_id, c.version, l.number, app.length_of(w.lexemes), w.lexemes
            from (select language, app.lexicon(language) number, app.text_search(language) words from
                    (select distinct language from chunks where tenant_id = owner_id order by 1) known) l
                join chunks c on c.tenant_id = owner_id and c.language = l.language
                join documents d on d.tenant_id = c.tenant_id and d.id = c.document_id and d.version = c.version
                cross join lateral (select app.passage_lexemes(l.words, c.header, c.text) lexemes offset 0) w;
    end loop;
    perform set_config('app.tenant', '', true);
end $$;
create index lexical_passages_words on lexical_passages
    using gin (app.scoped(lexicon, lexemes, collection_id, document_id)) with (gin_pending_list_limit = 1024);
alter index lexical_passages_words alter column 1 set statistics 0;

revoke execute on function app.question_words(uuid, text), app.scoped_query(integer, text, text[], text), app.scoped_phrase(integer, text, text[]),
    app.lexical_tiers(integer, text[], boolean[], bigint[], double precision[], text[], text[], text, integer, boolean),
    app.search_filter(uuid, uuid[], uuid[], text[], timestamptz, timestamptz, text) from aisaas_app;
