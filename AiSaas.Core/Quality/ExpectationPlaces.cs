using AiSaas.Contracts.Quality;
using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Quality;

/// <summary>Finds where golden questions' expectations stand in the documents as they are now.</summary>
/// <remarks>
/// 1. By name, the documents of the question's collection. A name alone means the document, a page alone the page.
/// 2. A quote is looked for on all pages, wherever it stood before; found nowhere, the expectation is missing.
/// 3. Without a quote, page and offsets hold as they were given.
/// Each document is read once, page by page, however many expectations are in it.
/// </remarks>
internal static class ExpectationPlaces
{
    // A sentence that stands on every page says nothing more by its twenty-first place.
    private const int MostPlaces = 20;

    public static async Task<IReadOnlyList<PlacedQuestion>> FindAsync(
        TenantWork work, IReadOnlyList<GoldenQuestion> questions, CancellationToken cancellation)
    {
        Wanted[] wanted = [.. questions.SelectMany(question => question.Expected.Select(one => new Wanted(question.CollectionId, one)))];
        var byName = wanted.ToLookup(one => (one.Collection, one.Expectation.DocumentName!));
        var documents = await work.QueryAsync(
            """
            select d.id, d.collection_id, d.name, d.version
            from documents d join unnest($2::uuid[], $3::text[]) w(collection_id, name) on d.collection_id = w.collection_id and d.name = w.name
            where d.tenant_id = $1 and d.version is not null
            """,
            row => (Id: DocumentId.From(row.GetGuid(0)), Collection: row.GetGuid(1), Name: row.GetString(2), Version: row.GetInt64(3)), cancellation,
            work.Tenant, byName.Select(group => group.Key.Collection).ToArray(), byName.Select(group => group.Key.Item2).ToArray());
        foreach (var document in documents)
        {
            Wanted[] inIt = [.. byName[(document.Collection, document.Name)]];
            foreach (var one in inIt.Where(one => one.Expectation is { Quote: null, Page: null }))
            {
                one.Add(new(document.Id));
            }

            await ReadPagesAsync(work, document.Id, document.Version, inIt, cancellation);
        }

        var places = wanted.GetEnumerator();
        return [.. questions.Select(question => Placed(question, [.. question.Expected.Select(_ => Next())]))];

        Wanted Next()
        {
            places.MoveNext();
            return (Wanted)places.Current!;
        }
    }

    private static PlacedQuestion Placed(GoldenQuestion question, IReadOnlyList<Wanted> expected) => new(
        GoldenQuestionId.From(question.Id), question.Version, question.Question, CollectionId.From(question.CollectionId),
        [.. expected.Where(one => one.Places.Count > 0).Select(one => one.Places)], expected.Count(one => one.Places.Count == 0));

    private static async Task ReadPagesAsync(TenantWork work, DocumentId document, long version, Wanted[] wanted, CancellationToken cancellation)
    {
        Wanted[] quoted = [.. wanted.Where(one => one.Expectation.Quote is not null)];
        Wanted[] placed = [.. wanted.Where(one => one.Expectation is { Quote: null, Page: not null })];
        if (quoted.Length + placed.Length == 0)
        {
            return;
        }

        QuoteFinder finder = new([.. quoted.Select(one => one.Expectation.Quote!)]);
        int[] pages = [.. placed.Select(one => one.Expectation.Page!.Value).Distinct()];
        await using var command = work.Command(
            """
            select number, text from document_pages
            where tenant_id = $1 and document_id = $2 and version = $3 and ($4 or number = any($5)) order by number
            """,
            work.Tenant, document, version, quoted.Length > 0, pages);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            int number = reader.GetInt32(0);
            string text = reader.GetString(1);
            foreach (var one in placed.Where(one => one.Expectation.Page == number && (one.Expectation.End ?? 0) <= text.Length))
            {
                one.Add(new(document, number, one.Expectation.Start, one.Expectation.End));
            }

            if (quoted.Length > 0)
            {
                foreach (var (quote, start, end) in finder.In(text))
                {
                    quoted[quote].Add(new(document, number, start, end));
                }
            }
        }
    }

    private sealed class Wanted(Guid collection, Expectation expectation)
    {
        public Guid Collection => collection;

        public Expectation Expectation => expectation;

        public List<Place> Places { get; } = [];

        public void Add(Place place)
        {
            if (Places.Count < MostPlaces)
            {
                Places.Add(place);
            }
        }
    }
}
