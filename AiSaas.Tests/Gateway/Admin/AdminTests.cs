using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Gateway;
using AiSaas.Contracts.Identity;
using AiSaas.Core.Gateway.Live;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Providers;
using AiSaas.Llm.Routing;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Gateway.Admin;

public sealed class AdminTests(AdminHost host) : IClassFixture<AdminHost>
{
    private static readonly (string Method, string Path)[] Doors =
    [
        ("GET", "providers"), ("POST", "providers/openai/reset"), ("GET", "keys"), ("POST", "keys"), ("DELETE", $"keys/{Guid.Empty}"),
        ("POST", $"keys/{Guid.Empty}/enable"), ("GET", "routes"), ("GET", "routes/house"), ("GET", "live"), ("GET", "live/events"),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    [Theory]
    [InlineData("owner", true)]
    [InlineData("admin", true)]
    [InlineData("member", false)]
    [InlineData("viewer", false)]
    public async Task Only_admins_and_owners_get_in(string role, bool mayEnter)
    {
        using var account = await host.RegisterAsync();
        await host.Stack.ScalarAsync<int>("update memberships set role = $1 where user_id = $2 returning 1", role, account.UserId);

        foreach (var (method, path) in Doors)
        {
            using HttpRequestMessage request = new(new HttpMethod(method), $"/api/gateway/{path}");
            request.Content = method == "POST" && path == "keys" ? JsonContent.Create(new AddProviderKeyRequest("openai", $"sk-{Guid.CreateVersion7():n}")) : null;
            using var response = await account.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
            Assert.True(mayEnter == (response.StatusCode != HttpStatusCode.Forbidden), $"{role} {method} {path}: {response.StatusCode}");
        }
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("chat")]
    public async Task A_program_s_key_for_calls_is_none_for_administration(string scope)
    {
        using var account = await host.RegisterAsync();
        using var made = await account.Http.PostAsJsonAsync("/api/keys", new CreateKeyRequest("calls", [scope]), Cancellation);
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/gateway/keys");
        request.Headers.Authorization = new("Bearer", (await made.Content.ReadFromJsonAsync(ContractsJson.Default.CreatedKey, Cancellation))!.Key);

        using var response = await account.Http.SendAsync(request, Cancellation);

        Assert.Equal("auth:scope", (await Account.ProblemAsync(response)).Code);
    }

    [Fact]
    public async Task Providers_are_shown_with_their_health_and_masked_keys_and_can_be_reset()
    {
        using var account = await host.RegisterAsync();
        for (int i = 0; i < 8; i++)
        {
            using var answer = await account.ChatAsync("house");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var down = await account.ProviderAsync("down");
        var openai = await account.ProviderAsync("openai");
        string everything = await account.Http.GetStringAsync("/api/gateway/providers", Cancellation);

        var broken = Assert.Single(down.Models, model => model.Model == "m0");
        Assert.Equal(("open", "server error (503)"), (broken.State, broken.Reason));
        Assert.NotNull(broken.Until);
        Assert.Equal("openai-compatible", down.Kind);
        Assert.StartsWith("127.0.0.1:", down.Address, StringComparison.Ordinal);
        Assert.Equal(["openai:…aaaa", "openai:…bbbb"], openai.Keys.Select(key => key.Id));
        Assert.All(openai.Keys, key => Assert.Equal((500, "ready"), (key.RequestLimit, key.State)));
        var works = Assert.Single(openai.Models, model => model.Model == "m1");
        Assert.Equal("closed", works.State);
        Assert.InRange(works.AnswerMs!.P50, 0.01, 10_000);
        Assert.True(works.AnswerMs.P95 >= works.AnswerMs.P50);
        Assert.DoesNotContain("sk-house", everything, StringComparison.Ordinal);
        Assert.Contains("\"local\"", everything, StringComparison.Ordinal);

        Get<ProviderRegistry>().Find("openai")!.Keys.Disable("openai:…aaaa", "401: no");
        Assert.Equal("disabled", (await account.ProviderAsync("openai")).Keys[0].State);
        using var keysBack = await account.Http.PostAsync("/api/gateway/providers/OpenAI/reset", null, Cancellation);
        using var breakerClosed = await account.Http.PostAsync("/api/gateway/providers/down/reset", null, Cancellation);
        using var unknown = await account.Http.PostAsync("/api/gateway/providers/nobody/reset", null, Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, keysBack.StatusCode);
        Assert.Equal("ready", (await account.ProviderAsync("openai")).Keys[0].State);
        Assert.All((await account.ProviderAsync("down")).Models, model => Assert.Equal(("closed", null), (model.State, model.Until)));
        Assert.Equal("gateway:no-provider", (await Account.ProblemAsync(unknown)).Code);
    }

    [Fact]
    public async Task A_reset_reaches_the_other_replicas()
    {
        var keys = Get<ProviderRegistry>().Find("openai")!.Keys;
        await using var other = new ServiceHost<Api.Identity.CurrentUser>(host.Stack.Settings(
            ("Gateway:Providers:openai:BaseUrl", host.Provider.Address), ("Gateway:Providers:openai:ApiKeys:0", AdminHost.HouseKey)));

        await Eventually.GetAsync(
            async () =>
            {
                keys.Disable("openai:…aaaa", "401: no");
                other.Services.GetRequiredService<ProviderResets>().Reset("openai");
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancellation);
                return keys.States()[0].Condition == KeyCondition.Ready ? "ready" : null;
            },
            "the key is back on the replica that was not asked");
    }

    [Fact]
    public async Task Where_operators_are_named_other_admins_see_nothing_of_the_house()
    {
        using var account = await host.RegisterAsync();
        using var operating = await host.RegisterAsync();
        await using var other = new ServiceHost<Api.Identity.CurrentUser>(host.Stack.Settings(
            ("Gateway:Providers:openai:BaseUrl", host.Provider.Address), ("Gateway:Providers:openai:ApiKeys:0", AdminHost.HouseKey),
            ("Gateway:Operators:Workspaces:0", operating.TenantId.ToString())));
        var keys = other.Services.GetRequiredService<ProviderRegistry>().Find("openai")!.Keys;
        keys.Disable("openai:…aaaa", "401: no");

        async Task<HttpResponseMessage> Ask(Account who, HttpMethod method, string path)
        {
            using HttpRequestMessage request = new(method, new Uri(other.Address, $"/api/gateway/{path}"));
            return await who.Http.SendAsync(request, Cancellation);
        }

        using var theirs = await Ask(account, HttpMethod.Get, "providers");
        using var reset = await Ask(account, HttpMethod.Post, "providers/openai/reset");
        using var live = await Ask(account, HttpMethod.Get, "live");
        Assert.DoesNotContain("aaaa", await theirs.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(KeyCondition.Disabled, keys.States()[0].Condition);
        Assert.Equal("gateway:operators-only", (await Account.ProblemAsync(live)).Code);

        using var house = await Ask(operating, HttpMethod.Get, "providers");
        using var houseReset = await Ask(operating, HttpMethod.Post, "providers/openai/reset");
        using var houseLive = await Ask(operating, HttpMethod.Get, "live");
        Assert.Contains("aaaa", await house.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(KeyCondition.Ready, keys.States()[0].Condition);
        Assert.Equal(HttpStatusCode.OK, houseLive.StatusCode);
    }

    [Fact]
    public async Task Routes_are_listed_with_what_each_name_leads_to()
    {
        using var account = await host.RegisterAsync();

        var routes = (await account.GetAsync("/api/gateway/routes", ContractsJson.Default.PageGatewayRoute)).Items;

        var house = routes.Single(route => route.Name == "house");
        Assert.True(house.IsLogical);
        Assert.Equal(["large"], house.OnContextTooLong);
        Assert.Equal([("down", "openai-compatible", "m0"), ("openai", "openai", "m1")], house.Targets.Select(target => (target.Provider, target.Kind, target.Model)));
        Assert.Equal("weighted", routes.Single(route => route.Name == "large").Strategy);
        Assert.Equal("embeddings", routes.Single(route => route.Name == "use-lite-en").Api);
        Assert.Contains(routes, route => route is { Name: "extractive-1", IsLogical: false, Targets: [{ Provider: "local" }] });
        Assert.Single(routes, route => route is { IsDefault: true, Api: "chat" });
    }

    [Fact]
    public async Task A_route_is_explained_as_it_would_be_walked_now()
    {
        using var account = await host.RegisterAsync();
        var health = Get<HealthBoard>().Of("down", "m0");
        for (int i = 0; i < 10; i++)
        {
            health.Failed(ModelFailure.FromStatus(503, "what another workspace sent"));
        }

        var plan = await account.GetAsync("/api/gateway/routes/house", ContractsJson.Default.RouteExplanation);

        Assert.Equal(["down", "openai"], plan.Targets.Select(target => target.Provider));
        Assert.Equal((true, "its breaker is open after server error (503)"), (plan.Targets[0].IsSkipped, plan.Targets[0].Reason));
        Assert.InRange(plan.Targets[0].RetryInSeconds!.Value, 1, 300);
        Assert.Equal((false, null, "house"), (plan.Targets[1].IsSkipped, plan.Targets[1].Reason, plan.Targets[1].Keys));
        Assert.Equal("m9", Assert.Single(plan.OnContextTooLong).Model);

        await account.AddKeyAsync("openai", "sk-own-0123456789-cccc");
        var direct = await account.GetAsync("/api/gateway/routes/openai/any-model", ContractsJson.Default.RouteExplanation);
        using var unknown = await account.Http.GetAsync(new Uri("/api/gateway/routes/no-such-model", UriKind.Relative), Cancellation);

        Assert.Equal(("any-model", "own"), (Assert.Single(direct.Targets).Model, direct.Targets[0].Keys));
        Assert.Equal("gateway:no-model", (await Account.ProblemAsync(unknown)).Code);
    }

    [Fact]
    public async Task Live_figures_count_calls_and_are_streamed()
    {
        using var account = await host.RegisterAsync();
        var before = await account.GetAsync("/api/gateway/live", ContractsJson.Default.GatewayLive);
        using var answer = await account.ChatAsync("openai/m");
        using var nobody = await account.ChatAsync("down/m");

        var after = await Eventually.GetAsync(
            async () => await account.GetAsync("/api/gateway/live", ContractsJson.Default.GatewayLive) is { InFlight: 0 } live && live.Totals.Requests >= before.Totals.Requests + 2 ? live : null,
            "both calls are counted");
        Assert.True(after.Totals.Errors > before.Totals.Errors);
        Assert.Equal(["journalSegments", "ledgerWaiting"], after.Gauges.Keys.Order());
        Assert.True(after.Totals.Tokens >= before.Totals.Tokens + 5);

        using var stream = await account.Http.GetAsync("/api/gateway/live/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using StreamReader reader = new(await stream.Content.ReadAsStreamAsync(Cancellation));
        List<GatewayLive> seen = [];
        while (seen.Count < 2 && await reader.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                seen.Add(JsonSerializer.Deserialize(line["data: ".Length..], ContractsJson.Default.GatewayLive)!);
            }
        }

        Assert.True(seen[1].At > seen[0].At);
    }

    [Fact]
    public async Task Watchers_are_counted_and_their_seats_come_back()
    {
        using var account = await host.RegisterAsync();
        List<HttpResponseMessage> watchers = [];
        HttpStatusCode last = HttpStatusCode.OK;
        while (watchers.Count < 100 && last == HttpStatusCode.OK)
        {
            watchers.Add(await account.Http.GetAsync("/api/gateway/live/events", HttpCompletionOption.ResponseHeadersRead, Cancellation));
            last = watchers[^1].StatusCode;
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, last);
        Assert.Equal("gateway:too-many-watchers", (await Account.ProblemAsync(watchers[^1])).Code);
        watchers.ForEach(watcher => watcher.Dispose());
        await Eventually.GetAsync(
            async () =>
            {
                using var again = await account.Http.GetAsync("/api/gateway/live/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
                return again.IsSuccessStatusCode ? "in" : null;
            },
            "a seat is free again");
    }
}
