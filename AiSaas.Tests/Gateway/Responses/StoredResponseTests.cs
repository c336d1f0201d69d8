using System.Net;
using System.Text.Json.Nodes;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Gateway.Responses;

/// <summary>Responses that clients wait for: kept, fetched, replayed, continued, deleted, and nobody else's.</summary>
public sealed class StoredResponseTests(ResponsesProduct product) : IClassFixture<ResponsesProduct>
{
    [Fact]
    public async Task A_response_can_be_fetched_listed_and_deleted()
    {
        using var account = await product.RegisterAsync();
        ResponsesApi api = new(account);
        var created = await api.CreateAsync("""{"model":"sim/plain","input":"Hello \u0000 there","instructions":"Be brief.","metadata":{"k":"v"}}""");
        string id = (string)created["id"]!;
        Assert.StartsWith("resp_", id);
        Assert.Equal(("completed", true, false), ((string)created["status"]!, (bool)created["store"]!, (bool)created["background"]!));
        Assert.Equal("You said: Hello \0 there", (string)created["output"]![0]!["content"]![0]!["text"]!);

        Assert.True(JsonNode.DeepEquals(created, await api.GetAsync(id)));
        var items = await api.SendAsync(HttpMethod.Get, id + "/input_items");
        Assert.Equal(("list", false), ((string)items["object"]!, (bool)items["has_more"]!));
        Assert.Equal("Hello \0 there", (string)items["data"]![0]!["content"]![0]!["text"]!);
        Assert.Equal((string)items["data"]![0]!["id"]!, (string)items["first_id"]!);

        await api.SendAsync(HttpMethod.Post, id + "/cancel", HttpStatusCode.BadRequest);
        Assert.True((bool)(await api.SendAsync(HttpMethod.Delete, id))["deleted"]!);
        var gone = await api.GetAsync(id, HttpStatusCode.NotFound);
        Assert.Contains(id, (string)gone["error"]!["message"]!);
        await api.SendAsync(HttpMethod.Delete, id, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_must_not_be_kept_is_not()
    {
        using var account = await product.RegisterAsync();
        ResponsesApi api = new(account);
        var created = await api.CreateAsync("""{"model":"sim/plain","input":"Secret","store":false}""");
        Assert.False((bool)created["store"]!);
        await api.GetAsync((string)created["id"]!, HttpStatusCode.NotFound);
        Assert.Equal(0, await product.Stack.ScalarAsync<long>("select count(*) from responses where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task A_streams_response_is_there_when_its_last_event_comes_and_can_be_replayed()
    {
        using var account = await product.RegisterAsync();
        ResponsesApi api = new(account);
        var events = await api.StreamAsync("""{"model":"sim/plain","input":"One two three","stream":true}""", seen: async one =>
        {
            if ((string)one["type"]! == "response.completed")
            {
                Assert.True(JsonNode.DeepEquals(one["response"], await api.GetAsync((string)one["response"]!["id"]!)));
            }
        });
        string id = (string)events[^1]["response"]!["id"]!;
        Assert.All(events.Where(one => one["response"] is not null), one => Assert.Equal(id, (string)one["response"]!["id"]!));
        Assert.True(JsonNode.DeepEquals(events[^1]["response"]!["output"], Snapshot.Of(events)));

        var replayed = await api.WatchAsync(id);
        Assert.True(JsonNode.DeepEquals(events[^1]["response"]!["output"], Snapshot.Of(replayed)));
        Assert.True(JsonNode.DeepEquals(events[^1]["response"], replayed[^1]["response"]));
        var rest = await api.WatchAsync(id, after: 3);
        Assert.Equal(replayed[4..].Select(one => one.ToJsonString()), rest.Select(one => one.ToJsonString()));
    }

    [Fact]
    public async Task A_conversation_goes_on_where_it_was()
    {
        using var account = await product.RegisterAsync();
        ResponsesApi api = new(account);
        var first = await api.CreateAsync("""{"model":"sim/plain","input":"My name is Ada.","instructions":"Old instructions."}""");
        var second = await api.CreateAsync($$"""{"model":"sim/plain","input":[{"role":"user","content":"And yours?"}],"previous_response_id":"{{first["id"]}}"}""");
        Assert.Equal((string)first["id"]!, (string)second["previous_response_id"]!);
        var third = await api.CreateAsync($$"""{"model":"sim/plain","input":"Mine?","instructions":"New.","previous_response_id":"{{second["id"]}}","store":false}""");
        Assert.Equal((string)second["id"]!, (string)third["previous_response_id"]!);

        Assert.Equal(
            ["system: New.", "user: My name is Ada.", "assistant: You said: My name is Ada.", "user: And yours?", "assistant: You said: And yours?", "user: Mine?"],
            Messages(product.Provider.Requests.Last(request => Messages(request).Contains("user: Mine?"))));

        await api.SendAsync(HttpMethod.Delete, (string)first["id"]!);
        var broken = await api.CreateAsync($$"""{"model":"sim/plain","input":"Mine?","previous_response_id":"{{second["id"]}}"}""", HttpStatusCode.BadRequest);
        Assert.Equal(("previous_response_not_found", "previous_response_id"), ((string)broken["error"]!["code"]!, (string)broken["error"]!["param"]!));
    }

    [Fact]
    public async Task A_tools_output_follows_its_call_by_previous_response_or_by_the_items_name()
    {
        using var account = await product.RegisterAsync();
        ResponsesApi api = new(account);
        const string Tools = """[{"type":"function","name":"look","parameters":{"type":"object"}}]""";
        var asked = await api.CreateAsync($$"""{"model":"sim/tool","input":"Look!","tools":{{Tools}}}""");
        Assert.Equal("function_call", (string)asked["output"]![0]!["type"]!);
        const string Output = """{"type":"function_call_output","call_id":"call_7","output":"a cat"}""";
        var continued = await api.CreateAsync($$"""{"model":"sim/tool","input":[{{Output}}],"tools":{{Tools}},"previous_response_id":"{{asked["id"]}}"}""");
        var referred = await api.CreateAsync(
            $$"""{"model":"sim/tool","input":[{"role":"user","content":"Look!"},{"type":"item_reference","id":"{{asked["output"]![0]!["id"]}}"},{{Output}}],"tools":{{Tools}}}""");
        foreach (var response in (JsonNode[])[continued, referred])
        {
            Assert.Equal("You said: a cat", (string)response["output"]![0]!["content"]![0]!["text"]!);
        }

        foreach (var request in product.Provider.Requests.Where(request => Messages(request).Contains("tool: a cat")))
        {
            Assert.Equal("call_7", (string)request["messages"]![1]!["tool_calls"]![0]!["id"]!);
        }

        var missing = await api.CreateAsync("""{"model":"sim/plain","input":[{"type":"item_reference","id":"msg_none"}]}""", HttpStatusCode.NotFound);
        Assert.Equal("item_not_found", (string)missing["error"]!["code"]!);
    }

    [Fact]
    public async Task Nobody_else_finds_a_response()
    {
        using var owner = await product.RegisterAsync();
        using var intruder = await product.RegisterAsync();
        ResponsesApi own = new(owner), other = new(intruder);
        var created = await own.CreateAsync("""{"model":"sim/plain","input":"The code is saffron."}""");
        string id = (string)created["id"]!, item = (string)created["output"]![0]!["id"]!;
        int asked = product.Provider.Requests.Count;

        foreach (var (method, path) in ((HttpMethod, string)[])[
            (HttpMethod.Get, id), (HttpMethod.Get, id + "?stream=true"), (HttpMethod.Delete, id), (HttpMethod.Post, id + "/cancel"), (HttpMethod.Get, id + "/input_items")])
        {
            var refused = await other.SendAsync(method, path, HttpStatusCode.NotFound);
            Assert.Equal("response_not_found", (string)refused["error"]!["code"]!);
        }

        await other.CreateAsync($$"""{"model":"sim/plain","input":"What was the code?","previous_response_id":"{{id}}"}""", HttpStatusCode.BadRequest);
        await other.CreateAsync($$"""{"model":"sim/plain","input":[{"type":"item_reference","id":"{{item}}"}]}""", HttpStatusCode.NotFound);
        await other.CreateAsync($$"""{"model":"sim/plain","input":"x","background":true,"previous_response_id":"{{id}}"}""", HttpStatusCode.BadRequest);
        Assert.Equal(asked, product.Provider.Requests.Count);
        await own.GetAsync(id);
    }

    [Theory]
    [InlineData("""{"model":"sim/plain","input":"x","background":true,"store":false}""", "store")]
    [InlineData("""{"model":"sim/plain","input":"x","store":"yes"}""", "store")]
    [InlineData("""{"model":"sim/plain","input":"x","tools":[{"type":"web_search"}]}""", "tools[0].type")]
    [InlineData("""{"model":"sim/plain"}""", "input")]
    public async Task A_fault_names_its_member(string body, string parameter)
    {
        using var account = await product.RegisterAsync();
        var refused = await new ResponsesApi(account).CreateAsync(body, HttpStatusCode.BadRequest);
        Assert.Equal(("invalid_request_error", parameter), ((string)refused["error"]!["type"]!, (string)refused["error"]!["param"]!));
    }

    [Fact]
    public async Task A_failed_call_is_refused_and_leaves_nothing()
    {
        using var account = await product.RegisterAsync();
        var refused = await new ResponsesApi(account).CreateAsync("""{"model":"sim/fails","input":"x"}""", HttpStatusCode.BadGateway);
        Assert.NotNull(refused["error"]!["message"]);
        Assert.Equal(0, await product.Stack.ScalarAsync<long>("select count(*) from responses where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task A_provider_that_speaks_this_api_keeps_nothing_and_its_names_are_ours()
    {
        using var account = await product.RegisterAsync();
        ResponsesApi api = new(account);
        var first = await api.CreateAsync("""{"model":"native/any","input":"Hi","x_unknown":{"a":1.0}}""");
        Assert.NotEqual("resp_native", (string)first["id"]!);
        Assert.Equal(("Native", true, "1.50"), ((string)first["output"]![0]!["content"]![0]!["text"]!, (bool)first["store"]!, first["x_new"]!.ToJsonString()));
        var events = await api.StreamAsync(
            $$"""{"model":"native/any","input":[{"type":"item_reference","id":"msg_native"},{"role":"user","content":"Go on"}],"previous_response_id":"{{first["id"]}}","stream":true}""");
        Assert.Equal("response.completed", (string)events[^1]["type"]!);
        Assert.All(events.Where(one => one["response"] is not null), one => Assert.Equal((string)first["id"]!, (string)one["response"]!["previous_response_id"]!));
        string id = (string)events[^1]["response"]!["id"]!;
        Assert.NotEqual((string)first["id"]!, id);
        Assert.Equal(id, (string)events[0]["response"]!["id"]!);
        Assert.True(JsonNode.DeepEquals(events[^1]["response"], await api.GetAsync(id)));

        var sent = product.Provider.Requests.Last(request => request["input"] is JsonArray);
        Assert.Equal(("any", false, false), ((string)sent["model"]!, (bool)sent["store"]!, sent.AsObject().ContainsKey("previous_response_id")));
        const string Said = """{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Native","annotations":[]}]}""";
        Assert.Equal(
            $$"""[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]},{{Said}},{{Said}},{"role":"user","content":"Go on"}]""",
            sent["input"]!.ToJsonString());
    }

    [Fact]
    public async Task A_stream_that_breaks_off_says_so_and_is_kept_as_failed()
    {
        using var account = await product.RegisterAsync();
        ResponsesApi api = new(account);
        var events = await api.StreamAsync("""{"model":"sim/dies","input":"x","stream":true}""");
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => (int)one["sequence_number"]!));
        Assert.Contains((string)events[^1]["type"]!, (string[])["error", "response.failed"]);
        var kept = await api.GetAsync((string)events[0]["response"]!["id"]!);
        Assert.Equal("failed", (string)kept["status"]!);
        Assert.NotEmpty((string)kept["error"]!["message"]!);
    }

    [Fact]
    public async Task A_client_that_leaves_stops_the_provider()
    {
        using var account = await product.RegisterAsync();
        int before = product.Provider.Left;
        await new ResponsesApi(account).StreamAsync("""{"model":"sim/stall","input":"x","stream":true}""", atMost: 5);
        await Eventually.TrueAsync(() => Task.FromResult(product.Provider.Left > before), "the provider's caller hangs up");
    }

    private static List<string> Messages(JsonNode request) =>
        [.. (request["messages"]?.AsArray() ?? []).Select(message => $"{message!["role"]}: {message["content"]}")];
}
