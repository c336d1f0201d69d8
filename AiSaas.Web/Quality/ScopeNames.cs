using AiSaas.Contracts.Documents;
using AiSaas.Web.Api;
using AiSaas.Web.Visitors;

namespace AiSaas.Web.Quality;

/// <summary>What a scope is called.</summary>
internal static class ScopeNames
{
    public const string Workspace = "workspace";

    public static async Task<string> OfAsync(ApiClient api, Visitor visitor, string scope, CancellationToken cancellation)
    {
        if (scope == Workspace)
        {
            return visitor.SignedIn.Tenant.Name;
        }

        // Anything else in an address is no collection, and the api says so.
        var collection = await api.GetAsync<CollectionSummary>($"/api/collections/{Uri.EscapeDataString(scope)}", cancellation);
        return collection.OrErrorPage().Name;
    }
}
