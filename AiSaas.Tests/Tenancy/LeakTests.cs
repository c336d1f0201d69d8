using System.Net;
using System.Text.RegularExpressions;
using AiSaas.Tests.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AiSaas.Tests.Tenancy;

/// <summary>Two workspaces with one of everything; one calls every mapped endpoint with the other's ids.</summary>
public sealed partial class LeakTests(Product product) : IClassFixture<Product>
{
    // What takes no identity: signing in and up, documents about the api, health.
    private static readonly string[] Public = ["/api/auth/register", "/api/auth/login", "/api/auth/logout", "/openapi/", "/health", "/alive"];

    // A client asks these for names of its own that need not be known: nothing is there, whoever else has one of that name.
    private static readonly (string, string)[] NothingThere = [("GET", "/api/chat/{id}/stream")];

    [Fact]
    public async Task No_endpoint_shows_or_changes_another_workspaces_things()
    {
        var victim = await Belongings.MakeAsync(product, "zanzibar");
        var intruder = await Belongings.MakeAsync(product, "quokka");
        string before = await FingerprintAsync(victim.Account.TenantId);
        List<string> leaks = [];

        foreach (var (method, route) in Routes())
        {
            using HttpRequestMessage request = new(new HttpMethod(method), Fill(route, victim)) { Content = victim.BodyFor(method, route) };
            using var response = await intruder.Account.Http.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            bool names = Parameter().IsMatch(route);
            if (names && response.StatusCode != (NothingThere.Contains((method, route)) ? HttpStatusCode.NoContent : HttpStatusCode.NotFound))
            {
                leaks.Add($"{method} {route} answered {(int)response.StatusCode} for another workspace's id; it must be 404");
                continue;
            }

            string body = await BodyAsync(response);
            leaks.AddRange(victim.Secrets
                .Where(secret => body.Contains(secret, StringComparison.OrdinalIgnoreCase) && !Echo(method, route, secret, victim))
                .Select(secret => $"{method} {route} shows {secret}: {body}"));
        }

        Assert.True(leaks.Count == 0, string.Join('\n', leaks));
        Assert.Equal(before, await FingerprintAsync(victim.Account.TenantId));
    }

    [Fact]
    public async Task Every_endpoint_refuses_who_is_not_signed_in()
    {
        using HttpClient stranger = new() { BaseAddress = product.Api };
        List<string> open = [];
        foreach (var (method, route) in Routes())
        {
            using HttpRequestMessage request = new(new HttpMethod(method), Parameter().Replace(route, match => IsNumber(match) ? "1" : Guid.Empty.ToString()));
            using var response = await stranger.SendAsync(request, TestContext.Current.CancellationToken);
            if (response.StatusCode != HttpStatusCode.Unauthorized)
            {
                open.Add($"{method} {route}: {(int)response.StatusCode}");
            }
        }

        Assert.True(open.Count == 0, "Map these inside the signed-in group: " + string.Join(", ", open));
    }

    // A stream that is nobody's in particular goes on for as long as somebody reads: its first event says what it shows.
    private static async Task<string> BodyAsync(HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }

        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        return await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
    }

    // A refusal may repeat the id that the intruder sent, and nothing else.
    private static bool Echo(string method, string route, string secret, Belongings victim) =>
        (secret == victim.Response && route.StartsWith("/v1/responses", StringComparison.Ordinal))
        || ((secret == victim.Batch.Id || secret == victim.Batch.Input || secret == victim.Batch.Output)
            && (route.StartsWith("/v1/batches", StringComparison.Ordinal) || route.StartsWith("/v1/files", StringComparison.Ordinal)))
        || ((secret == victim.Collection.ToString() || secret == victim.Document.ToString())
            && (method, route) is ("POST", "/api/search") or ("POST", "/api/conversations") or ("POST", "/api/conversations/{id}/messages") or ("PATCH", "/api/conversations/{id}"));

    private IEnumerable<(string Method, string Route)> Routes() =>
        from endpoint in product.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let route = "/" + endpoint.RoutePattern.RawText!.Trim('/')
        where !Public.Any(open => route.StartsWith(open, StringComparison.Ordinal))
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        // Names of chats are the client's own: first the victim's is asked for, then the intruder makes one of the same name.
        orderby Parameter().IsMatch(route) descending, route, method
        select (method, route);

    private static string Fill(string route, Belongings victim) => Parameter().Replace(route, match =>
        IsNumber(match)
            ? "1"
            : (victim.IdFor(route) ?? throw new InvalidOperationException($"Teach Belongings.IdFor what {match.Value} of {route} is.")));

    private static bool IsNumber(Match parameter) => parameter.Value.Contains(":int", StringComparison.Ordinal);

    // Every row of the workspace in every walled table, in one hash. Times of last use are the victim's own doing.
    private async Task<string> FingerprintAsync(Guid tenant)
    {
        await using var command = product.Stack.Owner.CreateCommand(
            """
            select string_agg(format(
                'select %L || coalesce(md5(string_agg(md5((to_jsonb(t) - ''last_used_at'')::text), '','' order by md5((to_jsonb(t) - ''last_used_at'')::text))), ''-'') from %s t where t.tenant_id = %L',
                c.relname, c.oid::regclass, $1), ' union all ' order by c.relname)
            from pg_class c
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
                -- Workers write the lines of the victim's own jobs up to a second later.
                and c.relname <> 'job_logs'
            """);
        command.Parameters.AddWithValue(tenant.ToString());
        string union = (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        await using NpgsqlCommand hashes = product.Stack.Owner.CreateCommand(union);
        await using var reader = await hashes.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        List<string> lines = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            lines.Add(reader.GetString(0));
        }

        return string.Join('\n', lines);
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
