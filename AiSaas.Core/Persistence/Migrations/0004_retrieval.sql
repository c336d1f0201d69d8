-- What search reads: a lexical index (BM25) and a vector index of the passages that are live, derived from chunks and rebuildable from them.
--
--   chunks (any version) ──IndexAsync──▶ lexical_passages ──trigger──▶ lexicons, lexicon_terms (document counts, lengths, df)
--                                   └──▶ vector_passages
--
-- Both tables are narrow on purpose: a scan of a tenant's vectors or lexemes reads nothing else.

create table embedding_spaces (
    id text primary key,
    provider text not null,
    model text not null,
    dimensions integer not null check (dimensions between 1 and 4000),
    -- The vector score's share in the fusion with BM25. A weak embedder must not outvote words.
    weight real not null check (weight between 0 and 1),
    -- The cosine of texts that have nothing to do with each other: where the vector score starts. Models differ widely in it.
    -- Null takes the least among a question's candidates.
    unrelated real,
    -- The cosine from which meaning alone, without a common word, makes a passage worth showing. Null: any.
    related real,
    created_at timestamptz not null default now()
);
comment on table embedding_spaces is 'global: what this installation can embed with; the vectors themselves are walled';
insert into embedding_spaces (id, provider, model, dimensions, weight, unrelated, related)
    values ('use-lite-en', 'local', 'use-lite-en', 512, 0.4, 0, 0.35);

-- One row per tenant and language: BM25's N and average length. Its row lock also orders the writers of lexicon_terms.
create table lexicons (
    tenant_id uuid not null references tenants on delete cascade,
    number integer generated always as identity unique,
    -- A text search configuration; stop words and stems differ, so statistics do too.
    language text not null,
    passages bigint not null default 0 check (passages >= 0),
    length bigint not null default 0 check (length >= 0),
    primary key (tenant_id, language)
);
alter table lexicons set (fillfactor = 50);
call app.wall('lexicons');

create table lexicon_terms (
    tenant_id uuid not null references tenants on delete cascade,
    lexicon integer not null,
    term text not null,
    -- How many live passages have the term.
    passages integer not null check (passages >= 0),
    primary key (lexicon, term)
);
-- Counted up and down all the time: room in the page keeps those updates off the index.
alter table lexicon_terms set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
call app.wall('lexicon_terms');

create table lexical_passages (
    tenant_id uuid not null references tenants on delete cascade,
    chunk_id uuid not null,
    collection_id uuid not null,
    document_id uuid not null,
    version bigint not null,
    lexicon integer not null,
    length integer not null,
    -- Header and text; the positions are only there for their number, the term's frequency.
    lexemes tsvector not null,
    primary key (tenant_id, chunk_id),
    foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade
);
create index lexical_passages_document on lexical_passages (tenant_id, document_id);
create index lexical_passages_collection on lexical_passages (tenant_id, collection_id);
call app.wall('lexical_passages');

create table vector_passages (
    tenant_id uuid not null references tenants on delete cascade,
    space text not null references embedding_spaces,
    chunk_id uuid not null,
    collection_id uuid not null,
    document_id uuid not null,
    version bigint not null,
    -- Without dimensions in the type, so that spaces of any size live side by side. Queries cast to the space's own, which
    -- is what an HNSW index per space and large tenant will be declared on.
    embedding halfvec not null,
    primary key (tenant_id, space, chunk_id),
    foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade
);
-- In the row, not in the TOAST table: an exact scan reads every vector.
alter table vector_passages alter column embedding set storage main;
create index vector_passages_document on vector_passages (tenant_id, document_id);
create index vector_passages_collection on vector_passages (tenant_id, collection_id);
call app.wall('vector_passages');

-- Rows are added and removed, never edited; the statistics belong to the triggers below alone.
revoke update on lexical_passages, vector_passages from aisaas_app;
revoke insert, update, delete on lexicons, lexicon_terms from aisaas_app;

-- The inverted index. The lexicon's number in front of each word keeps tenants apart inside the index too: a search walks
-- the lists of its own tenant and never pays for, or learns from, a neighbour's. The cost tells the planner never to
-- compute this row by row instead.
create function app.scoped(lexicon integer, lexemes tsvector) returns tsvector
    language sql immutable strict parallel safe cost 100000
    as $$ select array_to_tsvector(array(select lexicon || ':' || left(word, 500) from unnest(tsvector_to_array(lexemes)) word)) $$;
create index lexical_passages_words on lexical_passages using gin (app.scoped(lexicon, lexemes)) with (gin_pending_list_limit = 1024);
-- The default of 100 makes the sample of every ANALYZE run the function 30,000 times; its statistics are never used.
alter index lexical_passages_words alter column 1 set statistics 0;

create function app.text_search(language text) returns regconfig
    language sql stable parallel safe
    as $$ select coalesce((select oid from pg_ts_config where cfgname = language and cfgnamespace = 'pg_catalog'::regnamespace), 'pg_catalog.simple'::regconfig)::regconfig $$;

-- Words of a text. Hyphens and slashes separate here: Postgres would keep "boundary-layer" as a third word beside its two, and
-- "and/or" or "-5" as nothing but themselves, which costs recall and skews lengths (measured: +.009 nDCG@10 on abstracts).
create function app.lexemes(words regconfig, content text) returns tsvector
    language sql immutable strict parallel safe
    as $$ select to_tsvector(words, translate(content, '-/', '  ')) $$;

-- A passage's words: those of its header (title and section) count twice (measured at 0 to 3 times: nDCG@10 .892 .892 .893 .892
-- on paragraphs of articles, .342 .386 .392 .394 on abstracts).
create function app.passage_lexemes(words regconfig, header text, content text) returns tsvector
    language sql immutable strict parallel safe
    as $$ select app.lexemes(words, header) || app.lexemes(words, header) || app.lexemes(words, content) $$;

create function app.length_of(lexemes tsvector) returns integer
    language sql immutable strict parallel safe
    as $$ select coalesce(sum(cardinality(positions)), 0)::integer from unnest(lexemes) $$;

-- The number of this tenant's lexicon of a language, made at its first use.
create function app.lexicon(of_language text) returns integer
    language plpgsql volatile security definer set search_path = public, pg_temp
    as $$
declare found_number integer;
begin
    select number into found_number from lexicons where tenant_id = app.tenant() and language = of_language;
    if found_number is null then
        insert into lexicons (tenant_id, language) values (app.tenant(), of_language) on conflict do nothing;
        select number into found_number from lexicons where tenant_id = app.tenant() and language = of_language;
    end if;
    return found_number;
end $$;

-- Statistics follow the rows, whoever writes or deletes them, cascades included. The slow part (counting words) comes before
-- the lexicon's lock, which is then held to the end of the transaction: two writers of one tenant queue there, in the order
-- of the lexicons' numbers, and neither loses counts nor deadlocks.
create function app.count_lexemes() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
    as $$
declare
    sign integer := case tg_op when 'INSERT' then 1 else -1 end;
    counted record;
begin
    for counted in
        select c.tenant_id, c.lexicon, c.passages, c.length, w.terms, w.counts
        from (select tenant_id, lexicon, count(*) passages, sum(length) length from changed group by 1, 2) c
            join (
                select lexicon, array_agg(lexeme order by lexeme) terms, array_agg(passages order by lexeme) counts
                from (select lexicon, lexeme, count(*) passages from changed, unnest(lexemes) group by 1, 2) words
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
            delete from lexicon_terms t using unnest(counted.terms) u(term)
                where t.lexicon = counted.lexicon and t.term = u.term and t.passages = 0;
        end if;
    end loop;
    return null;
end $$;
create trigger lexical_passages_added after insert on lexical_passages
    referencing new table as changed for each statement execute function app.count_lexemes();
create trigger lexical_passages_removed after delete on lexical_passages
    referencing old table as changed for each statement execute function app.count_lexemes();

-- ts_rank of one word with even weights is the sum of 1/j² over its occurrences, over π²/6. These are the steps of that
-- sum, so that width_bucket turns the rank back into the term's frequency (up to 64, where BM25 is flat).
create function app.frequency_steps() returns double precision[]
    language sql immutable parallel safe
    as $$ select array_agg(step order by occurrences) from (
        select j occurrences, sum(1.0 / (j * j)) over (order by j) / 1.64493406685 - 0.000001 step from generate_series(1, 64) j) steps $$;

-- The passages of the current tenant that may answer a question, by words and by meaning, with the raw scores of both:
-- BM25 (k1 1.2, b 0.75), the share of the question's information (idf) that the passage has, and the cosine. Only ids
-- and scores come out: texts are read by the caller, behind the wall.
--
-- It runs as the owner because row-level security lets no operator that isn't leakproof reach an index, which is all of text
-- search and arrays; so the tenant is taken from the transaction here, never from a parameter.
--
-- Work is bounded whatever the size of the tenant and the frequency of its words. `budget` passages are scored for each of:
--   1. any of the rare words, rarest first until together they are in `budget` passages;
--   2. all of the frequent words at once;
--   3. two of the frequent words;
--   4. any frequent word;
-- and 2 to 4 are looked at only while passages with those words alone could still reach the tenth place.
-- Every candidate is scored on all words. In a tenant smaller than the budget this is plain, exhaustive BM25.
create function app.search(
    question text, in_space text, question_vector halfvec, in_collections uuid[], in_documents uuid[], of_types text[], take integer)
    returns table (chunk_id uuid, lexical double precision, coverage double precision, cosine double precision, lexical_ms double precision, vector_ms double precision)
    language plpgsql volatile security definer set search_path = public, pg_temp
    -- A bitmap that outgrows work_mem forgets rows and rechecks whole pages by the costly expression; the expression's cost makes
    -- every plan look worth compiling and spreading over workers, which takes longer than the search.
    set work_mem = '32MB' set jit = off set max_parallel_workers_per_gather = 0
    as $$
declare
    budget integer;
    me constant uuid := app.tenant();
    steps constant float8[] := app.frequency_steps();
    filters text := '';
    narrow boolean := false;
    exhaustive boolean;
    lexicon record;
    words record;
    query record;
    score text;
    covered text;
    near uuid[] := '{}';
    near_cosines float8[] := '{}';
    hits uuid[];
    scores float8[];
    all_hits uuid[] := '{}';
    all_scores float8[] := '{}';
    all_covered float8[] := '{}';
    covers float8[];
    started timestamptz := clock_timestamp();
    vector_time float8;
begin
    if me is null then
        return;
    end if;
    if in_collections is not null then filters := filters || ' and p.collection_id = any($1)'; end if;
    if in_documents is not null then filters := filters || ' and p.document_id = any($2)'; end if;
    if of_types is not null then
        filters := filters || format(' and p.document_id in (select d.id from documents d where d.tenant_id = %L and d.content_type = any($3))', me);
    end if;

    if question_vector is not null then
        -- The tenant and the dimensions stand in the text as literals, so that the planner can prove a partial HNSW index of a
        -- large tenant fits; without one this is an exact scan of the tenant's vectors.
        execute format(
            'select coalesce(array_agg(n.chunk_id), ''{}''), coalesce(array_agg(1 - n.distance), ''{}'') from (
                select p.chunk_id, p.embedding::halfvec(%1$s) <=> $4 distance from vector_passages p
                where p.tenant_id = %2$L and p.space = %3$L %4$s order by p.embedding::halfvec(%1$s) <=> $4 limit %5$s) n',
            vector_dims(question_vector), me, in_space, filters, take)
            into near, near_cosines using in_collections, in_documents, of_types, question_vector;
    end if;
    vector_time := extract(epoch from clock_timestamp() - started) * 1000;
    started := clock_timestamp();

    if filters <> '' then
        execute format('select count(*) <= 2000 from (select from lexical_passages p where p.tenant_id = %L %s limit 2001) n', me, filters)
            into narrow using in_collections, in_documents, of_types;
    end if;

    for lexicon in select l.number, l.passages, l.length::float8 / l.passages average, l.language
        from lexicons l where l.tenant_id = me and l.passages > 0 order by l.number
    loop
        -- The question's words, rarest first. Beyond 32 the frequent ones say nothing.
        select array_agg(w.word order by w.passages) words, array_agg(w.passages order by w.passages) passages,
            array_agg(w.idf order by w.passages) idf, sum(w.idf) total
            into words
            from (
                select u.lexeme word, coalesce(t.passages, 0) passages,
                    ln(1 + (lexicon.passages - coalesce(t.passages, 0) + 0.5) / (coalesce(t.passages, 0) + 0.5)) idf
                from unnest(app.lexemes(app.text_search(lexicon.language), question)) u
                    left join lexicon_terms t on t.lexicon = lexicon.number and t.term = u.lexeme
                order by 2 limit 32) w;
        continue when words.words is null;
        -- Scoring takes about half a microsecond a passage and word.
        budget := greatest(500, least(4000, 24000 / cardinality(words.words)));

        -- Text of the query is made here, once: one ts_rank a word, no joins, no aggregates.
        select string_agg(format('%s * (1 - k / (k + width_bucket(ts_rank(''{1,1,1,1}''::float4[], p.lexemes, %L::tsquery)::float8, $5)))',
                2.2 * u.idf, array_to_tsvector(array[u.word])), ' + '),
            string_agg(format('%s * (p.lexemes @@ %L::tsquery)::integer', u.idf / words.total, array_to_tsvector(array[u.word])), ' + ')
            into score, covered
            from unnest(words.words, words.passages, words.idf) u(word, passages, idf) where u.passages > 0;
        score := coalesce(score, '0');
        covered := coalesce(covered, '0');

        exhaustive := narrow or lexicon.passages <= 500;
        hits := '{}';
        scores := '{}';
        for query in select * from app.lexical_tiers(lexicon.number, words.words, words.passages, words.idf, budget, exhaustive)
        loop
            continue when scores[10] >= query.ceiling;
            execute format(
                'select array_agg(s.chunk_id order by s.score desc), array_agg(s.score order by s.score desc) from (
                    select distinct on (u.score, u.chunk_id) u.* from (
                        select p.chunk_id, %1$s score from (
                            select q.* , %2$s + %3$s * q.length k from (
                                select * from lexical_passages p where p.lexicon = %4$s and %5$s %6$s limit %7$s) q) p
                        union all select * from unnest($6, $7)) u
                    order by u.score desc, u.chunk_id limit %8$s) s',
                score, 1.2 * 0.25, 1.2 * 0.75 / lexicon.average, lexicon.number, query.condition, filters, case when exhaustive then 2000 else budget end, take)
                into hits, scores using in_collections, in_documents, of_types, question_vector, steps, hits, scores;
            hits := coalesce(hits, '{}');
            scores := coalesce(scores, '{}');
        end loop;

        -- What only the vectors found is scored by words as well, so that the two lists can be weighed against each other.
        execute format(
            'select array_agg(p.chunk_id), array_agg(%1$s), array_agg(%2$s) from (
                select q.*, %3$s + %4$s * q.length k from lexical_passages q
                where q.tenant_id = %5$L and q.lexicon = %6$s and q.chunk_id = any($6 || $7)) p',
            score, covered, 1.2 * 0.25, 1.2 * 0.75 / lexicon.average, me, lexicon.number)
            into hits, scores, covers using in_collections, in_documents, of_types, question_vector, steps, hits, near;
        all_hits := all_hits || hits;
        all_scores := all_scores || scores;
        all_covered := all_covered || covers;
    end loop;

    return query
        with words as (select u.id, u.score, u.covered from unnest(all_hits, all_scores, all_covered) u(id, score, covered)),
            meaning as (
                select u.id, u.cosine from unnest(near, near_cosines) u(id, cosine)
                union all
                select p.chunk_id, 1 - (p.embedding <=> question_vector) from vector_passages p
                where p.tenant_id = me and p.space = in_space and p.chunk_id = any(all_hits) and not p.chunk_id = any(near)
                    and question_vector is not null)
        select coalesce(w.id, m.id), w.score, w.covered, m.cosine, extract(epoch from clock_timestamp() - started)::float8 * 1000, vector_time
        from words w full join meaning m on m.id = w.id;
end $$;

-- The look-ups of app.search, in order, each with what a passage that has its words and no others hardly exceeds: a word that
-- comes up a few times in a passage of average length scores about 1.5 times its idf.
create function app.lexical_tiers(lexicon integer, words text[], passages integer[], idf double precision[], budget integer, exhaustive boolean)
    returns table (condition text, ceiling double precision)
    language plpgsql immutable set search_path = public, pg_temp
    as $$
declare
    word record;
    running bigint := 0;
    few text[] := '{}';
    many text[] := '{}';
    weights float8[] := '{}';
    of_words constant text := 'app.scoped(p.lexicon, p.lexemes) @@ %L::tsquery';
begin
    for word in select u.word, u.passages, u.idf from unnest(words, passages, idf) u(word, passages, idf) where u.passages > 0 loop
        running := running + word.passages;
        if exhaustive then
            few := few || array_to_tsvector(array[word.word])::text;
        elsif running <= budget then
            few := few || array_to_tsvector(array[lexicon || ':' || left(word.word, 500)])::text;
        else
            many := many || array_to_tsvector(array[lexicon || ':' || left(word.word, 500)])::text;
            weights := weights || word.idf;
        end if;
    end loop;

    if cardinality(few) > 0 then
        return query select format(
            -- So few rows that their own index on the tenant serves better than the words' index.
            case when exhaustive then 'p.tenant_id = app.tenant() and p.lexemes @@ %L::tsquery' else of_words end,
            array_to_string(few, ' | ')), 'infinity'::float8;
    end if;
    if cardinality(many) > 1 then
        return query select format(of_words, array_to_string(many, ' & ')), 1.5 * (select sum(weight) from unnest(weights) weight);
    end if;
    if cardinality(many) > 2 then
        return query select format(of_words, string_agg(format('(%s & %s)', a.word, b.word), ' | ')), 1.5 * (weights[1] + weights[2])
            from unnest(many[1:4]) with ordinality a(word, place) join unnest(many[1:4]) with ordinality b(word, place) on a.place < b.place;
    end if;
    if cardinality(many) > 0 then
        return query select format(of_words, array_to_string(many, ' | ')), 1.5 * weights[1];
    end if;
end $$;
revoke execute on function app.lexical_tiers(integer, text[], integer[], double precision[], integer, boolean) from aisaas_app;
