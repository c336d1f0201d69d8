using AiSaas.Tests.Llm.Simulator;

namespace AiSaas.Tests.Gateway.Faults;

/// <summary>A client that leaves: its provider learns of it at once, and it pays for what was done.</summary>
public sealed class HangUpTests(FaultHost host) : IClassFixture<FaultHost>
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("chat", false)]
    [InlineData("chat", true)]
    [InlineData("messages", true)]
    public async Task Before_the_first_byte(string api, bool stream)
    {
        // Nobody else is behind it, or the wait would be shared with a hedge.
        string model = $"{FaultHost.Alone}{api}-slow-start";
        int before = host.Bad.Calls.Count;
        using CancellationTokenSource hangUp = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var request = GatewayCall.Request(api, model, stream);
        var asking = host.Account.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, hangUp.Token);
        var call = await AskedAsync("slow-start", before);
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        await call.Aborted.WaitAsync(AtOnce, TimeProvider.System, Cancellation);
        var row = await host.RowOfModelAsync(model);
        Assert.Equal(("canceled", 1), (row.Status, row.Attempts));
        Assert.True(row is { Input: > 0, Estimated: true }, $"{row}");
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    public async Task In_the_middle_of_a_stream(string api)
    {
        int before = host.Bad.Calls.Count;
        using var request = GatewayCall.Request(api, $"{api}-slow", stream: true);
        Guid id;
        using (var response = await host.Account.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation))
        {
            id = Guid.Parse(response.Headers.GetValues("x-request-id").Single());
            await using var body = await response.Content.ReadAsStreamAsync(Cancellation);
            byte[] some = new byte[2000];
            await body.ReadAtLeastAsync(some, some.Length, cancellationToken: Cancellation);
        }

        await (await AskedAsync("slow", before)).Aborted.WaitAsync(AtOnce, TimeProvider.System, Cancellation);
        var row = await host.RowAsync(id);
        Assert.Equal(("canceled", 1), (row.Status, row.Attempts));
        Assert.True(row is { Input: > 0, Output: > 0, Estimated: true }, $"{row}");
    }

    [Fact]
    public async Task After_the_end_it_is_no_cancel()
    {
        using HttpClient http = new() { BaseAddress = host.Account.Http.BaseAddress, DefaultRequestHeaders = { Authorization = host.Account.Http.DefaultRequestHeaders.Authorization } };
        var call = await GatewayCall.SendAsync(http, "chat", "chat-keep-alives", stream: true, Cancellation);
        http.Dispose();

        var row = await host.RowAsync(call.Id);
        Assert.Equal(("succeeded", 20, 5), (row.Status, row.Input, row.Output));
    }

    [Fact]
    public async Task A_provider_that_was_left_by_its_client_is_not_blamed()
    {
        for (int times = 0; times < 8; times++)
        {
            int before = host.Bad.Calls.Count;
            using CancellationTokenSource hangUp = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            using var request = GatewayCall.Request("chat", "chat-slow", stream: true);
            using var response = await host.Account.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, hangUp.Token);
            Assert.Equal("chat-slow", response.Headers.GetValues("x-aisaas-provider").Single());
            response.Dispose();
            await (await AskedAsync("slow", before)).Aborted.WaitAsync(AtOnce, TimeProvider.System, Cancellation);
        }
    }

    private Task<SimulatedCall> AskedAsync(string model, int before) => Infrastructure.Eventually.GetAsync(
        () => Task.FromResult(host.Bad.Calls.Skip(before).FirstOrDefault(call => call.Model == model)), $"{model} is asked");
}
