using AiSaas.Contracts.Quality;
using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Quality;

/// <summary>Turns the ids that expectations may come with into names, which survive reading the document anew.</summary>
internal static class GoldenNames
{
    /// <returns>Expectations by name, or what is wrong with one.</returns>
    public static async Task<(IReadOnlyList<Expectation> Expected, string? Fault)> ReadAsync(
        TenantWork work, CollectionId collection, IReadOnlyList<Expectation> expected, CancellationToken cancellation)
    {
        Guid[] ids = [.. expected.Select(one => one.DocumentId).OfType<Guid>().Distinct()];
        var names = ids.Length == 0 ? [] : (await work.QueryAsync(
            "select id, name from documents where tenant_id = $1 and collection_id = $2 and id = any($3)",
            row => (Id: row.GetGuid(0), Name: row.GetString(1)), cancellation, work.Tenant, collection, ids)).ToDictionary(row => row.Id, row => row.Name);
        return ids.FirstOrDefault(id => !names.ContainsKey(id)) is var missing && missing != Guid.Empty
            ? ([], $"The collection has no document {missing}.")
            : ([.. expected.Select(one => one with
            {
                DocumentName = one.DocumentId is { } id ? names[id] : one.DocumentName!.Trim(),
                DocumentId = null,
                Quote = one.Quote?.Trim(),
            })], null);
    }
}
