namespace AiSaas.Tests.Gateway.Faults;

/// <summary>Whatever goes wrong before the client got anything is repaired without its notice.</summary>
public sealed class FailoverTests(FaultHost host) : IClassFixture<FaultHost>
{
    private static readonly string[] Apis = ["chat", "messages"];

    public static TheoryData<string, string, bool> Faults
    {
        get
        {
            TheoryData<string, string, bool> faults = [];
            foreach (string api in Apis)
            {
                foreach (var (name, _) in Fault.BeforeFirstByte)
                {
                    faults.Add(api, name, false);
                    faults.Add(api, name, true);
                }

                foreach (var (name, _) in Fault.BeforeFirstToken)
                {
                    faults.Add(api, name, true);
                }
            }

            return faults;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task The_next_provider_answers_and_the_client_sees_nothing_of_it(string api, string fault, bool stream)
    {
        string model = $"{api}-{fault}{(stream ? FaultHost.Again : "")}";

        var call = await GatewayCall.SendAsync(host.Account.Http, api, model, stream, TestContext.Current.CancellationToken);

        Assert.True(call.Status == 200, $"{call.Status}: {call.Body}");
        Assert.Equal(FaultHost.GoodAnswer, call.Text);
        Assert.Null(call.Error);
        Assert.Equal(stream, call.IsDone);
        Assert.Equal(($"{model}-good", 2), (call.Provider, call.Attempts));
        var row = await host.RowAsync(call.Id);
        Assert.Equal(("succeeded", 200, 2, $"{model}-good", stream), (row.Status, row.HttpStatus, row.Attempts, row.Provider, row.Streamed));
        Assert.Equal((20, 5, false), (row.Input, row.Output, row.Estimated));
    }

    [Theory]
    [InlineData("chat", "500", 500, 599)]
    [InlineData("chat", "401", 500, 599)]
    [InlineData("chat", "429", 429, 429)]
    [InlineData("chat", Fault.Refused, 500, 599)]
    [InlineData("chat", "black-hole", 500, 599)]
    [InlineData("chat", "error-with-200", 500, 599)]
    [InlineData("messages", "500", 500, 599)]
    [InlineData("messages", "429", 429, 429)]
    public async Task With_nobody_else_to_ask_the_client_gets_its_api_s_error(string api, string fault, int least, int most)
    {
        foreach (bool stream in new[] { false, true })
        {
            var call = await GatewayCall.SendAsync(host.Account.Http, api, $"{FaultHost.Alone}{api}-{fault}", stream, TestContext.Current.CancellationToken);

            Assert.InRange(call.Status, least, most);
            Assert.Equal("application/json", call.Headers["content-type"]);
            using var body = System.Text.Json.JsonDocument.Parse(call.Body);
            Assert.NotEmpty(body.RootElement.GetProperty("error").GetProperty("message").GetString()!);
            Assert.Equal(api == "messages", body.RootElement.TryGetProperty("type", out _));
            Assert.DoesNotContain("sk-sim", call.Body, StringComparison.Ordinal);
            Assert.True(call.Status != 429 || call.Headers.ContainsKey("retry-after"), "429 without Retry-After");
            Assert.Equal("failed", (await host.RowAsync(call.Id)).Status);
        }
    }

    [Theory]
    [InlineData("chat", "bad-request")]
    [InlineData("chat", "too-long")]
    [InlineData("messages", "bad-request")]
    public async Task What_the_caller_did_wrong_is_asked_once(string api, string fault)
    {
        int asked = host.Good.Calls.Count(call => call.Model == "good");

        var call = await GatewayCall.SendAsync(host.Account.Http, api, $"{api}-{fault}", stream: false, TestContext.Current.CancellationToken);

        Assert.Equal((400, 1), (call.Status, call.Attempts));
        Assert.Equal(asked, host.Good.Calls.Count(call => call.Model == "good"));
        var row = await host.RowAsync(call.Id);
        Assert.Equal(("failed", 400, 0), (row.Status, row.HttpStatus, row.Output));
    }
}
