using System.Text.RegularExpressions;
using AiSaas.Contracts.Chat;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Documents;

/// <summary>Makes questions to start with from the headings of what a workspace holds: no model, and the same ones each time.</summary>
public sealed partial class SuggestQuestions(TenantDatabase database)
{
    private const int Wanted = 4;
    private const int MostWords = 9;

    public async Task<Suggestions> HandleAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var counts = await work.QueryAsync(
            """
            select (select count(*)::int from collections where tenant_id = $1),
                (select count(*)::int from documents where tenant_id = $1 and status = 'ready')
            """,
            row => (Collections: row.GetInt32(0), Documents: row.GetInt32(1)), cancellation, tenant);
        // The newest documents, and of each the first headings: ordinal keeps a long one cheap. A book's first pages are
        // its title, its imprint and its contents.
        var headings = await work.QueryAsync(
            """
            select c.sample, coalesce(d.title, d.name), s.section
            from (select * from documents where tenant_id = $1 and status = 'ready' order by id desc limit 6) d
                join collections c on c.tenant_id = d.tenant_id and c.id = d.collection_id
                left join lateral (
                    select section, min(ordinal) as first from chunks
                    where tenant_id = d.tenant_id and document_id = d.id and version = d.version and ordinal < 200 and section is not null and page > d.pages / 25
                    group by section order by first limit 12) s on true
            order by d.id desc, s.first
            """,
            row => new Heading(row.GetBoolean(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)), cancellation, tenant);
        return new Suggestions(counts[0].Collections, counts[0].Documents, Questions(headings));
    }

    /// <summary>The documents take turns, so that one long one does not fill the list.</summary>
    internal static IReadOnlyList<string> Questions(IReadOnlyList<Heading> headings)
    {
        var byDocument = headings.GroupBy(heading => (heading.Sample, heading.Document)).Select(Ask).ToList();
        List<string> questions = [];
        for (int turn = 0; questions.Count < Wanted && byDocument.Any(list => turn < list.Count); turn++)
        {
            questions.AddRange(byDocument.Where(list => turn < list.Count).Select(list => list[turn]));
        }

        return [.. questions.Distinct(StringComparer.OrdinalIgnoreCase).Take(Wanted)];
    }

    private static List<string> Ask(IGrouping<(bool Sample, string Document), Heading> document) =>
        document.Key.Sample
            ? [.. SampleDocument.Questions]
            : [.. document.Where(heading => heading.Section is not null)
                .Select(heading => Number().Replace(heading.Section!.Split(" › ")[^1], "").Trim(' ', '.', ':'))
                .Where(heading => heading.Length is >= 4 and <= 80 && heading.Count(letter => letter == ' ') < MostWords && !Furniture().IsMatch(heading))
                .Select(heading => Phrase(heading, document.Key.Document))
                .DefaultIfEmpty($"What is “{Short(document.Key.Document)}” about?")];

    private static string Phrase(string heading, string document) =>
        heading.EndsWith('?') ? heading
        : Gerund().IsMatch(heading) ? $"How does {Lower(heading)} work?"
        : $"What does “{Short(document)}” say about {Lower(heading)}?";

    // Acronyms and names keep their capitals.
    private static string Lower(string heading) =>
        heading.Length > 1 && char.IsUpper(heading[0]) && char.IsLower(heading[1]) && !heading.Skip(1).Any(char.IsUpper)
            ? char.ToLowerInvariant(heading[0]) + heading[1..]
            : heading;

    private static string Short(string name)
    {
        string title = Path.GetExtension(name) is { Length: > 1 and <= 9 } extension && !extension.Contains(' ', StringComparison.Ordinal)
            ? name[..^extension.Length] : name;
        return title.Length <= 60 ? title : title[..57].TrimEnd() + "…";
    }

    [GeneratedRegex(@"^(?:chapter|section|part|appendix)?\s*[\dIVXA-C]+(?:\.\d+)*[.:)]?\s+", RegexOptions.IgnoreCase)]
    private static partial Regex Number();

    [GeneratedRegex(@"^(?:(?:table of )?contents|index|introduction|preface|foreword|abstract|references|bibliography|acknowledge?ments|appendix|glossary|notes|license|copyright.*|list of .*|summary|conclusions?|about .*)$", RegexOptions.IgnoreCase)]
    private static partial Regex Furniture();

    [GeneratedRegex(@"^[A-Z][a-z]+ing\b(?! and\b)")]
    private static partial Regex Gerund();

    internal sealed record Heading(bool Sample, string Document, string? Section);
}
