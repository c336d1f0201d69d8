using System.Globalization;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Responses;

namespace AiSaas.Api.Gateway.Responses;

/// <summary>What a response was asked with, in pages.</summary>
internal static class InputItems
{
    private const int Most = 100;

    public static async Task ListAsync(HttpContext context, GatewayCaller caller, string id)
    {
        var query = context.Request.Query;
        int limit = 20;
        string? asked = query["limit"];
        if (!string.IsNullOrEmpty(asked) && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > Most))
        {
            await ResponseEndpoints.RefuseAsync(context, new(400, "invalid_request", $"'limit' is 1 to {Most}.", "limit"));
            return;
        }

        if (await ResponseEndpoints.FindAsync(context, caller, id) is { } found)
        {
            await ResponseEndpoints.WriteAsync(context, ResponseViews.InputItems(found, limit, query["order"] == "asc", query["after"]));
        }
    }
}
