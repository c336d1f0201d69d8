using AiSaas.Llm.Models;
using AiSaas.Tests.Llm.Providers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiSaas.Tests.Llm.Models;

public sealed class GatewaySettingsTests
{
    private static readonly (string, string)[] House =
    [
        ("Gateway:Providers:house:Kind", "openai-compatible"), ("Gateway:Providers:house:BaseUrl", "http://127.0.0.1:9/v1"),
    ];

    private static (string, string)[] Model(string name, params (string Key, string Value)[] more) =>
    [
        ($"Gateway:Models:{name}:Targets:0:Provider", "house"), ($"Gateway:Models:{name}:Targets:0:Model", "m"),
        .. more.Select(one => ($"Gateway:Models:{name}:{one.Key}", one.Value)),
    ];

    private static string Faults(params (string, string)[] settings) => string.Join('\n', LlmHost.Faults([.. House, .. settings]));

    [Fact]
    public void Whatever_is_wrong_is_said_at_once_and_the_rest_is_checked_all_the_same()
    {
        string all = Faults(
        [
            .. Model("a", ("Strategy", "magic"), ("HedgeAfterSeconds", "-1"), ("OnContextTooLong:0", "nowhere")),
            .. Model("b", ("Strategy", "alphabetical"), ("Targets:0:Weight", "heavy")),
            ("Gateway:Models:c:Targets:0:Provider", "nobody"), ("Gateway:Models:c:Targets:0:Model", "m"),
            ("Gateway:Models:d:Target:Provider", "house"),
            ("Gateway:Providers:house:ConnectSeconds", "0"),
            ("Gateway:Providers:house:Headers:Authorization", "Bearer x"), ("Gateway:Providers:house:Headers:X-Team", "a\nb"), ("Gateway:Providers:house:Headers:bad name", "x"),
            ("Gateway:Providers:house:Proxy", "not a url"),
            ("Gateway:Providers:twice:Kind", "openai"), ("Gateway:Providers:twice:ApiKeys:0", "k"), ("Gateway:Providers:twice:ApiKeys:1", "k"),
            ("Gateway:Providers:empty:Kind", "anthropic"), ("Gateway:Providers:empty:ApiKeys:0", ""),
            ("Gateway:Providers:single:Kind", "openai"), ("Gateway:Providers:single:ApiKeys", "sk-should-not-be-shown"),
            ("Gateway:Providers:cloud:Kind", "bedrock"), ("Gateway:Providers:cloud:ApiKeys:0", "AKIAIOSFODNN7EXAMPLE:secret"), ("Gateway:Providers:cloud:Region", "moon"),
            ("Gateway:Providers:url:Kind", "openai-compatible"), ("Gateway:Providers:url:BaseUrl", "http://user:secret@host/v1"),
            ("Gateway:Deadlines:HedgeAfterSeconds", "-3"), ("Gateway:Deadlines:TotalSeconds", "soon"),
            ("Gateway:Breaker:FailureRatio", "7"), ("Gateway:RetryBudget:Ratio", "-0.2"),
            ("Gateway:Cache:Exact", "sometimes"), ("Gateway:Cache:SimilarityThreshold", "9"), ("Gateway:Cache:Features:chat:Semantic", "deterministic"),
            ("Gateway:Providrs:x:Kind", "openai"),
        ]);

        Assert.All(
            [
                "Models:a:Strategy is 'magic'; it must be one of fallback, weighted, least-latency, cheapest.", "Models:a:HedgeAfterSeconds is -1",
                "Models:a:OnContextTooLong:0 is 'nowhere'", "Models:b:Strategy is 'alphabetical'", "Models:b:Targets:0:Weight is 'heavy'; it must be a number.",
                "Models:c:Targets:0:Provider is 'nobody'", "Models:d:Target is no setting; did you mean Targets?", "Models:d:Targets is empty",
                "Providers:house: ConnectSeconds is 0", "Headers:Authorization can't be set by hand", "Headers:X-Team is missing or has characters", "Headers:bad name is no header's name",
                "Proxy is 'not a url'", "Providers:twice: ApiKeys:1 is the same key as ApiKeys:0.", "Providers:empty: ApiKeys:0 is empty",
                "Providers:single:ApiKeys is a single value; it must be a list.", "Providers:cloud: Region is 'moon'", "BaseUrl holds a user name",
                "Gateway:Deadlines: The field HedgeAfterSeconds", "Deadlines:TotalSeconds is 'soon'; it must be a number.", "Gateway:Breaker: The field FailureRatio", "Gateway:RetryBudget: The field Ratio",
                "Gateway:Cache:Exact is 'sometimes'; it must be one of off, deterministic, on.", "Gateway:Cache: The field SimilarityThreshold",
                "Features:chat:Semantic is 'deterministic'; it must be one of off, on.", "Gateway:Providrs is no setting; did you mean Providers?",
            ],
            expected => Assert.Contains(expected, all, StringComparison.Ordinal));
        Assert.DoesNotContain("should-not-be-shown", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Detours_that_lead_in_a_circle_are_named_once()
    {
        string all = Faults(
        [
            .. Model("small", ("OnContextTooLong:0", "medium")),
            .. Model("medium", ("OnContextTooLong:0", "large"), ("OnContentRefused:0", "small")),
            .. Model("large", ("OnContextTooLong:0", "small")),
            .. Model("self", ("OnContentRefused:0", "SELF")),
        ]);

        Assert.Equal(
            """
            Gateway:Models:large:OnContextTooLong leads in a circle: large → small → medium → large.
            Gateway:Models:self:OnContentRefused leads in a circle: self → SELF.
            """.ReplaceLineEndings("\n"), all);
    }

    [Fact]
    public void Good_settings_are_read_with_the_modes_of_each_feature()
    {
        using var services = LlmHost.Build(
        [
            .. House,
            .. Model("small", ("Strategy", "Least-Latency"), ("OnContextTooLong:0", "large"), ("HedgeAfterSeconds", "0")), .. Model("large"),
            ("Gateway:Cache:Exact", "On"), ("Gateway:Cache:Features:chat:Exact", "off"), ("Gateway:Cache:Features:chat:Semantic", "on"),
            ("Gateway:Providers:house:NativeResponses", ""), ("Gateway:Providers:house:Headers:X-Team", "blue"), ("Gateway:Limits:Whatever", "another feature's own"),
        ]);
        var options = services.GetRequiredService<IOptions<GatewayOptions>>().Value;

        Assert.Equal(["large"], options.Models["SMALL"].OnContextTooLong);
        Assert.Equal(0, options.Models["small"].HedgeAfterSeconds);
        Assert.Null(options.Providers["house"].NativeResponses);
        Assert.Equal("blue", options.Providers["house"].Headers["x-team"]);
        Assert.Equal((ExactCache.On, false), (options.Cache.ExactFor("gateway"), options.Cache.SemanticFor("gateway")));
        Assert.Equal((ExactCache.Off, true), (options.Cache.ExactFor("Chat"), options.Cache.SemanticFor("chat")));
        Assert.Equal((0.8, 4, 2), (options.Deadlines.HedgeAfterSeconds, options.Deadlines.HedgeAnswerSeconds, options.Deadlines.ConnectSeconds));
    }
}
