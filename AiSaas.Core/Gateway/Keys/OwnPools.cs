using AiSaas.Llm.Keys;

namespace AiSaas.Core.Gateway.Keys;

/// <summary>A stored key, as the table has it.</summary>
/// <param name="Secret">Null when it can't be read any more.</param>
internal sealed record OwnKeyRow(ProviderKeyId Id, string Provider, string? Secret, string? DisabledReason);

/// <summary>One workspace's pools, and which key of which pool is which row.</summary>
internal sealed class OwnPools
{
    private readonly Dictionary<string, KeyPool> _pools = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<ProviderKeyId, (KeyPool Pool, ProviderKey Key)> _keys = [];
    private Dictionary<ProviderKeyId, string?> _reasons = [];

    public OwnPools(IReadOnlyList<OwnKeyRow> rows, Action<ProviderKeyId, string?> changed, TimeProvider clock)
    {
        foreach (var ofProvider in rows.GroupBy(row => row.Provider, StringComparer.OrdinalIgnoreCase))
        {
            // A provider whose keys are all unreadable gets an empty pool: the house's keys must not pay instead.
            OwnKeyRow[] readable = [.. ofProvider.Where(row => row.Secret is not null)];
            var keys = ProviderKey.All(ofProvider.Key, readable.Select(row => row.Secret!));
            var ids = keys.Zip(readable).ToDictionary(pair => pair.First.Id, pair => pair.Second.Id);
            KeyPool pool = new(ofProvider.Key, keys, clock)
            {
                Changed = (key, state) =>
                {
                    if (state.Condition != KeyCondition.Cooling)
                    {
                        changed(ids[key.Id], state.Condition == KeyCondition.Disabled ? state.Reason : null);
                    }
                },
            };
            _pools[ofProvider.Key] = pool;
            foreach (var key in keys)
            {
                _keys[ids[key.Id]] = (pool, key);
            }
        }

        _reasons = rows.ToDictionary(row => row.Id, _ => (string?)null);
        Follow(rows);
    }

    public IReadOnlyDictionary<string, KeyPool> ByProvider => _pools;

    /// <summary>Whether these are the same keys, so that the pools and what they have learnt can stay.</summary>
    public bool Are(IReadOnlyList<OwnKeyRow> rows) => rows.Count == _reasons.Count && rows.All(row => _reasons.ContainsKey(row.Id));

    /// <summary>Takes over what another replica, or an operator, has found out since the last look.</summary>
    public void Follow(IReadOnlyList<OwnKeyRow> rows)
    {
        foreach (var row in rows)
        {
            if (_keys.TryGetValue(row.Id, out var own) && _reasons[row.Id] is null != row.DisabledReason is null)
            {
                if (row.DisabledReason is { } reason)
                {
                    own.Pool.Disable(own.Key.Id, reason);
                }
                else
                {
                    own.Pool.Enable(own.Key.Id);
                }
            }
        }

        _reasons = rows.ToDictionary(row => row.Id, row => row.DisabledReason);
    }

    /// <summary>The keys that were chosen since the last look.</summary>
    public IReadOnlyList<ProviderKeyId> TakeUsed() => [.. _keys.Where(entry => entry.Value.Pool.TakeUsed(entry.Value.Key)).Select(entry => entry.Key)];

    public KeyState? StateOf(ProviderKeyId id) =>
        _keys.TryGetValue(id, out var own) ? own.Pool.States().FirstOrDefault(state => state.Id == own.Key.Id) : null;
}
