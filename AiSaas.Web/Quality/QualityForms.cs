using System.Globalization;
using AiSaas.Contracts.Quality;
using AiSaas.Web.Api;

namespace AiSaas.Web.Quality;

/// <summary>One click on what is right, in the lab, a record of a search or a chat, makes a golden question.</summary>
internal static class QualityForms
{
    public static void MapQualityForms(this IEndpointRouteBuilder routes) => routes.MapPost("/quality/golden", SaveAsync);

    private static async Task SaveAsync(HttpContext context, ApiClient api)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        GoldenQuestionFrom from = new(
            Guid.TryParse(form["query"], out var query) ? query : null,
            [.. form["ranks"].Select(rank => int.TryParse(rank, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0).Where(number => number > 0)],
            Guid.TryParse(form["message"], out var message) ? message : null,
            int.TryParse(form["citation"], NumberStyles.None, CultureInfo.InvariantCulture, out int citation) ? citation : null);
        if (from is { QueryId: { } record, Ranks.Count: 0 })
        {
            // Nothing was ticked.
            context.Response.Redirect($"/quality/searches/{record}");
            return;
        }

        var made = (await api.PostAsync<GoldenQuestionFrom, GoldenQuestion>("/api/quality/questions/from", from, context.RequestAborted)).OrErrorPage();
        context.Response.Redirect($"/quality/questions/{made.Id}?made=1");
    }
}
