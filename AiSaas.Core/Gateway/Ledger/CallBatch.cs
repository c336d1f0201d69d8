using System.Buffers;
using System.Text;
using System.Text.Json;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>Rows on their way to <c>app.record_calls</c>, a list a column. Reused; for one thread.</summary>
internal sealed class CallBatch
{
    private readonly List<IColumn> _columns = [];
    private readonly ArrayBufferWriter<byte> _json = new(1024);

    private readonly Column<Guid> _tenants, _ids, _users;
    private readonly Column<Guid?> _keys, _runs;
    private readonly Column<DateTime> _ats;
    private readonly Column<string> _features, _apis, _models, _statuses, _versions, _caches, _attempts;
    private readonly Column<string?> _endUsers, _conversations, _providers, _kinds, _providerModels, _errors, _traces;
    private readonly Column<int> _httpStatuses, _durations;
    private readonly Column<int?> _firstTokens;
    private readonly Column<bool> _streams, _estimates, _priceds;
    private readonly Column<long> _inputs, _cacheds, _cacheWrites, _outputs, _reasonings, _costs, _saveds;

    // In the order of the function's parameters.
    public CallBatch()
    {
        _tenants = Add<Guid>(NpgsqlDbType.Uuid);
        _ids = Add<Guid>(NpgsqlDbType.Uuid);
        _ats = Add<DateTime>(NpgsqlDbType.TimestampTz);
        _users = Add<Guid>(NpgsqlDbType.Uuid);
        _keys = Add<Guid?>(NpgsqlDbType.Uuid);
        _features = Add<string>(NpgsqlDbType.Text);
        _endUsers = Add<string?>(NpgsqlDbType.Text);
        _conversations = Add<string?>(NpgsqlDbType.Text);
        _apis = Add<string>(NpgsqlDbType.Text);
        _models = Add<string>(NpgsqlDbType.Text);
        _providers = Add<string?>(NpgsqlDbType.Text);
        _kinds = Add<string?>(NpgsqlDbType.Text);
        _providerModels = Add<string?>(NpgsqlDbType.Text);
        _statuses = Add<string>(NpgsqlDbType.Text);
        _httpStatuses = Add<int>(NpgsqlDbType.Integer);
        _errors = Add<string?>(NpgsqlDbType.Text);
        _streams = Add<bool>(NpgsqlDbType.Boolean);
        _inputs = Add<long>(NpgsqlDbType.Bigint);
        _cacheds = Add<long>(NpgsqlDbType.Bigint);
        _cacheWrites = Add<long>(NpgsqlDbType.Bigint);
        _outputs = Add<long>(NpgsqlDbType.Bigint);
        _reasonings = Add<long>(NpgsqlDbType.Bigint);
        _estimates = Add<bool>(NpgsqlDbType.Boolean);
        _priceds = Add<bool>(NpgsqlDbType.Boolean);
        _versions = Add<string>(NpgsqlDbType.Text);
        _costs = Add<long>(NpgsqlDbType.Bigint);
        _saveds = Add<long>(NpgsqlDbType.Bigint);
        _caches = Add<string>(NpgsqlDbType.Text);
        _attempts = Add<string>(NpgsqlDbType.Text);
        _firstTokens = Add<int?>(NpgsqlDbType.Integer);
        _durations = Add<int>(NpgsqlDbType.Integer);
        _traces = Add<string?>(NpgsqlDbType.Text);
        _runs = Add<Guid?>(NpgsqlDbType.Uuid);
    }

    private interface IColumn
    {
        NpgsqlParameter Parameter { get; }

        void Clear();
    }

    public int Count => _ids.Values.Count;

    /// <summary>Takes a record as <see cref="CallRecord"/> wrote it.</summary>
    /// <returns>Whose it was and what it cost.</returns>
    /// <exception cref="InvalidDataException">A newer build wrote it.</exception>
    public CallCharge Add(ReadOnlySpan<byte> record)
    {
        RecordReader from = new(record);
        if (from.Byte() is var version && version != CallRecord.Version)
        {
            throw new InvalidDataException($"A journal's record has version {version}; this build reads {CallRecord.Version}.");
        }

        Guid tenant = Add(_tenants, from.Id());
        Guid id = Add(_ids, from.Id());
        var at = Add(_ats, new DateTime(from.Long(), DateTimeKind.Utc));
        Guid user = Add(_users, from.Id());
        Guid? key = Add(_keys, from.Id() is var named && named != Guid.Empty ? named : null);
        string feature = Add(_features, from.Text()!);
        string? endUser = Add(_endUsers, from.Text());
        _conversations.Values.Add(from.Text());
        _apis.Values.Add(CallWords.Name((WireApi)from.Byte()));
        _models.Values.Add(from.Text()!);
        _providers.Values.Add(from.Text());
        _kinds.Values.Add(from.Text());
        _providerModels.Values.Add(from.Text());
        _statuses.Values.Add(CallWords.Name((CallStatus)from.Byte()));
        _httpStatuses.Values.Add(from.Int());
        _errors.Values.Add(Error(from.Byte()));
        byte flags = from.Byte();
        _streams.Values.Add((flags & 1) != 0);
        _estimates.Values.Add((flags & 2) != 0);
        _priceds.Values.Add((flags & 4) != 0);
        _inputs.Values.Add(from.Long());
        _cacheds.Values.Add(from.Long());
        _cacheWrites.Values.Add(from.Long());
        _outputs.Values.Add(from.Long());
        _reasonings.Values.Add(from.Long());
        _versions.Values.Add(from.Text()!);
        long cost = Add(_costs, from.Long());
        _saveds.Values.Add(from.Long());
        _caches.Values.Add(from.Text()!);
        _firstTokens.Values.Add(from.Int() is var first and >= 0 ? first : null);
        _durations.Values.Add(from.Int());
        _traces.Values.Add(from.Text());
        _attempts.Values.Add(Attempts(ref from));
        _runs.Values.Add(!from.IsAtEnd && from.Id() is var run && run != Guid.Empty ? run : null);
        return new(new(tenant), new(id), at, key, endUser ?? user.ToString("D"), feature, cost);
    }

    public void Clear()
    {
        foreach (var column in _columns)
        {
            column.Clear();
        }
    }

    public void AddTo(NpgsqlParameterCollection parameters)
    {
        foreach (var column in _columns)
        {
            parameters.Add(column.Parameter);
        }
    }

    private static T Add<T>(Column<T> column, T value)
    {
        column.Values.Add(value);
        return value;
    }

    private static string? Error(byte code) => code == 0 ? null : ((ModelErrorClass)(code - 1)).Name();

    private Column<T> Add<T>(NpgsqlDbType type)
    {
        Column<T> column = new(type);
        _columns.Add(column);
        return column;
    }

    private string Attempts(ref RecordReader from)
    {
        int count = from.Byte();
        if (count == 0)
        {
            return "[]";
        }

        _json.ResetWrittenCount();
        using Utf8JsonWriter json = new(_json);
        json.WriteStartArray();
        for (int i = 0; i < count; i++)
        {
            json.WriteStartObject();
            json.WriteString("provider"u8, from.Text());
            json.WriteString("model"u8, from.Text());
            json.WriteString("outcome"u8, CallWords.Name((AttemptOutcome)from.Byte()));
            if (Error(from.Byte()) is { } error)
            {
                json.WriteString("error"u8, error);
            }

            if (from.Int() is var status and >= 0)
            {
                json.WriteNumber("status"u8, status);
            }

            json.WriteNumber("durationMs"u8, Milliseconds(from.Long()));
            if (from.Long() is var firstToken and >= 0)
            {
                json.WriteNumber("firstTokenMs"u8, Milliseconds(firstToken));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Flush();
        return Encoding.UTF8.GetString(_json.WrittenSpan);
    }

    private static double Milliseconds(long ticks) => Math.Round((double)ticks / TimeSpan.TicksPerMillisecond, 1);

    private sealed class Column<T>(NpgsqlDbType type) : IColumn
    {
        public List<T> Values { get; } = [];

        public NpgsqlParameter Parameter => new() { Value = Values, NpgsqlDbType = NpgsqlDbType.Array | type };

        public void Clear() => Values.Clear();
    }
}

/// <summary>What budgets need to know of a row.</summary>
internal readonly record struct CallCharge(
    Tenancy.TenantId Tenant, CallId Id, DateTime At, Guid? Key, string UserLabel, string Feature, long CostNanos);
