using System.Globalization;
using AiSaas.Api.Identity;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Llm.Simulator;

namespace AiSaas.Tests.Gateway.Faults;

/// <summary>The api before two simulators: under each logical model there is a provider with a fault first, and a good one behind it.</summary>
/// <remarks>Each fault has a provider of its own: what one does to its key and its breaker is nothing to the others.</remarks>
public sealed class FaultHost(PostgresServer postgres) : IAsyncLifetime
{
    public const string GoodAnswer = "All is well.";

    /// <summary>The same once more, with a provider that has not failed yet.</summary>
    public const string Again = "-again";

    /// <summary>For a fault with nobody behind it.</summary>
    public const string Alone = "alone-";

    private readonly Stack _stack = new(postgres);
    private ProviderSimulator? _bad;
    private ProviderSimulator? _good;
    private ServiceHost<CurrentUser>? _api;
    private Account? _account;

    internal ProviderSimulator Bad => _bad!;

    internal ProviderSimulator Good => _good!;

    internal Account Account => _account!;

    public async ValueTask InitializeAsync()
    {
        await _stack.InitializeAsync();
        _bad = await ProviderSimulator.StartAsync(new Script());
        _good = await ProviderSimulator.StartAsync(Script.Answer("All ", "is ", "well."));
        List<(string, string?)> settings =
        [
            ("Gateway:Deadlines:HedgeAfterSeconds", "0.3"), ("Gateway:Deadlines:HedgeAnswerSeconds", "0.3"),
            ("Gateway:Deadlines:FirstTokenSeconds", "1.5"), ("Gateway:Deadlines:StallSeconds", "0.6"), ("Gateway:Deadlines:AnswerSeconds", "2"),
            ("Gateway:Ledger:JournalFolder", Path.Combine(_stack.RedisServer.State, "journal")),
        ];
        foreach (var (name, script) in Fault.All)
        {
            _bad.Models[name] = script;
            string bad = name == Fault.Refused ? $"http://127.0.0.1:{LocalServer.FreePort()}" : _bad.Address;
            settings.AddRange(
            [
                .. Pair("chat", name, "", bad + "/v1", _good.Address + "/v1"),
                .. Pair("chat", name, Again, bad + "/v1", _good.Address + "/v1"),
                .. Pair("messages", name, "", bad, _good.Address),
                .. Pair("messages", name, Again, bad, _good.Address),
            ]);
        }

        _api = new(_stack.Settings([.. settings]));
        _account = await Account.RegisterAsync(_api.Address);
    }

    /// <summary>The ledger's row of a call, once it is there.</summary>
    internal Task<LedgerRow> RowAsync(Guid call) => Eventually.GetAsync(
        async () =>
        {
            await using var command = _stack.Owner.CreateCommand(
                "select status, http_status, input_tokens, output_tokens, estimated, jsonb_array_length(attempts), coalesce(provider, ''), streamed from model_calls where id = $1");
            command.Parameters.AddWithValue(call);
            await using var reader = await command.ExecuteReaderAsync();
            return !await reader.ReadAsync() ? null : new LedgerRow(
                reader.GetString(0), reader.GetInt32(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetBoolean(4), reader.GetInt32(5), reader.GetString(6), reader.GetBoolean(7));
        },
        $"call {call} is in the ledger");

    /// <summary>The row of a call whose client never learned its id.</summary>
    internal async Task<LedgerRow> RowOfModelAsync(string model)
    {
        var id = await Eventually.GetAsync(
            async () => await _stack.ScalarAsync<Guid>("select id from model_calls where model = $1 order by id desc limit 1", model) is var found && found != Guid.Empty
                ? found.ToString() : null,
            $"a call of {model} is in the ledger");
        return await RowAsync(Guid.Parse(id, CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        _account?.Dispose();
        foreach (var one in new IAsyncDisposable?[] { _api, _bad, _good, _stack })
        {
            await (one?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private static (string, string?)[] Pair(string api, string fault, string again, string bad, string good)
    {
        string provider = $"{api}-{fault}{again}", other = $"{provider}-good", kind = api == "chat" ? "openai-compatible" : "anthropic";
        return
        [
            .. Provider(provider, kind, bad), .. Provider(other, kind, good),
            .. Target(provider, 0, provider, fault), .. Target(provider, 1, other, "good"),
            .. Provider(Alone + provider, kind, bad), .. Target(Alone + provider, 0, Alone + provider, fault),
        ];
    }

    private static (string, string?)[] Provider(string name, string kind, string address) =>
        [($"Gateway:Providers:{name}:Kind", kind), ($"Gateway:Providers:{name}:BaseUrl", address), ($"Gateway:Providers:{name}:ApiKeys:0", "sk-sim")];

    private static (string, string?)[] Target(string model, int index, string provider, string at) =>
        [($"Gateway:Models:{model}:Targets:{index}:Provider", provider), ($"Gateway:Models:{model}:Targets:{index}:Model", at)];
}

/// <summary>What the ledger says about a call.</summary>
internal sealed record LedgerRow(string Status, int HttpStatus, long Input, long Output, bool Estimated, int Attempts, string Provider, bool Streamed);
