using System.Collections.Concurrent;
using System.Net.Http.Headers;
using AiSaas.Llm.Routing;

namespace AiSaas.Llm.Keys;

/// <summary>The keys of one provider: says which to use next, and learns from every answer.</summary>
/// <remarks>
/// Shared by all calls of a process, without locks. Chosen is the key with the largest share left of its requests and tokens, as the
/// provider's own headers tell; among equals they take turns. A key that was refused (401, 402, 403) rests for a minute, then longer,
/// up to ten; one that is limited (429) rests as long as the provider asks.
/// </remarks>
public sealed class KeyPool
{
    /// <summary>Shares closer than this are equal: exact figures would send a whole burst to one key.</summary>
    private const int ShareSteps = 16;

    /// <summary>Model names come from outside too; those beyond share the pool's own slots.</summary>
    private const int MostModels = 500;

    private readonly ConcurrentDictionary<string, KeyPool> _models = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;
    private readonly KeySlot[] _slots;
    private readonly KeySlot? _only;
    private uint _turn = uint.MaxValue;

    public KeyPool(string provider, IReadOnlyList<ProviderKey> keys, TimeProvider clock)
        : this(provider, [.. (keys ?? throw new ArgumentNullException(nameof(keys))).Select(key => new KeySlot(key, clock))], clock)
    {
    }

    private KeyPool(string provider, KeySlot[] slots, TimeProvider clock)
    {
        (Provider, _clock, _slots) = (provider, clock, slots);
        _only = _slots is [var only] ? only : null;
    }

    /// <summary>The provider's configured name.</summary>
    public string Provider { get; }

    /// <summary>Called when a key is taken out of use (with the reason) or is back (null). Must be quick and not throw.</summary>
    public Action<ProviderKey, KeyState>? Changed { get; init; }

    public int Count => _slots.Length;

    /// <summary>The same keys as one model's calls see them: limits are a model's own, a refusal holds for all.</summary>
    public KeyPool ForModel(string model) =>
        _models.TryGetValue(model, out var known) ? known
        : _models.Count < MostModels ? _models.GetOrAdd(model, static (_, pool) => pool.Child(), this)
        : this;

    /// <summary>The best key that may be used now and was not <paramref name="tried"/>; null if there is none.</summary>
    public ProviderKey? Choose(IReadOnlyCollection<ProviderKey>? tried = null)
    {
        if (_only is { Trouble: null } only && tried is null or { Count: 0 })
        {
            return only.Use();
        }

        return Best(tried)?.Use();
    }

    /// <summary>Learns what is left of the key's limits from an answer's headers, whatever its status.</summary>
    public void Observe(ProviderKey key, HttpResponseHeaders headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        if (Slot(key) is { } slot)
        {
            RateLimitHeaders.Read(headers, slot.Requests, slot.Tokens, _clock);
        }
    }

    /// <summary>Takes the key out of use if the failure is the key's. Call <see cref="Observe"/> before, so that a 429's reset is known.</summary>
    public void Failed(ProviderKey key, ModelFailure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (Slot(key) is { } slot && slot.Failed(failure) is not null)
        {
            Changed?.Invoke(slot.Key, State(slot));
        }
    }

    /// <summary>The provider took the key: any answer that is not about it.</summary>
    public void Succeeded(ProviderKey key)
    {
        if (Slot(key) is { Trouble: not null } slot && slot.Succeeded())
        {
            Changed?.Invoke(slot.Key, State(slot));
        }
    }

    /// <summary>When the first key comes back, if none can be chosen now; null if one can, or there are none at all.</summary>
    public TimeSpan? NextIn()
    {
        long now = _clock.GetTimestamp();
        long first = long.MaxValue;
        foreach (var slot in _slots)
        {
            if (slot.Trouble is not { } trouble || trouble.Until <= now)
            {
                return null;
            }

            first = Math.Min(first, trouble.Until);
        }

        return first == long.MaxValue ? null : _clock.GetElapsedTime(now, first);
    }

    /// <summary>Whether the key was chosen since this was asked last.</summary>
    public bool TakeUsed(ProviderKey key) => Slot(key)?.TakeUsed() is true;

    public IReadOnlyList<KeyState> States() => [.. _slots.Select(State)];

    /// <summary>Puts a key back into use at once, on an operator's word; null means all. False if there was nothing to put back.</summary>
    public bool Enable(string? id = null)
    {
        bool any = false;
        foreach (var pool in _models.Values)
        {
            any |= pool.Enable(id);
        }

        foreach (var slot in _slots)
        {
            if ((id is null || slot.Key.Id == id) && slot.Enable())
            {
                any = true;
                Changed?.Invoke(slot.Key, State(slot));
            }
        }

        return any;
    }

    /// <summary>Takes a key out that was refused elsewhere: by another replica, or before a restart.</summary>
    public void Disable(string id, string reason)
    {
        foreach (var slot in _slots)
        {
            if (slot.Key.Id == id && slot.Trouble is null)
            {
                slot.Disable(reason);
            }
        }
    }

    private KeyPool Child() => new(Provider, [.. _slots.Select(slot => new KeySlot(slot.Key, _clock, slot))], _clock) { Changed = Changed };

    private KeySlot? Best(IReadOnlyCollection<ProviderKey>? tried)
    {
        long now = _clock.GetTimestamp();
        KeySlot? best = null;
        KeySlot? due = null;
        int bestShare = -1;
        uint start = Interlocked.Increment(ref _turn);
        for (uint i = 0; i < _slots.Length; i++)
        {
            var slot = _slots[(start + i) % (uint)_slots.Length];
            if (tried is { Count: > 0 } && WasTried(tried, slot.Key))
            {
                continue;
            }

            if (slot.IsDueAt(now))
            {
                due ??= slot;
            }
            else if (slot.IsReadyAt(now) && (int)(slot.ShareAt(now) * ShareSteps) is var share && share > bestShare)
            {
                (best, bestShare) = (slot, share);
            }
        }

        // A key whose ban is over is tried by one call, which falls back to the others if it is refused once more.
        if (due is not null && due.Try(now))
        {
            return due;
        }

        best?.Requests.TakeOne();
        return best;
    }

    private KeySlot? Slot(ProviderKey key)
    {
        foreach (var slot in _slots)
        {
            if (ReferenceEquals(slot.Key, key) || slot.Key == key)
            {
                return slot;
            }
        }

        return null;
    }

    private static bool WasTried(IReadOnlyCollection<ProviderKey> tried, ProviderKey key)
    {
        foreach (var one in tried)
        {
            if (ReferenceEquals(one, key) || one == key)
            {
                return true;
            }
        }

        return false;
    }

    // A key is shown as its worst-off model sees it: limits are seen nowhere else.
    private KeyState State(KeySlot slot)
    {
        long now = _clock.GetTimestamp();
        var seen = _models.Values.Select(pool => pool.Slot(slot.Key)).OfType<KeySlot>().Append(slot)
            .OrderBy(one => one.IsReadyAt(now)).ThenBy(one => one.Requests.Left is null && one.Tokens.Left is null).ThenBy(one => one.ShareAt(now)).First();
        var trouble = seen.Trouble is { } found && !seen.IsReadyAt(now) ? found : null;
        return new(
            slot.Key.Id, trouble?.Condition ?? KeyCondition.Ready, trouble?.Reason, trouble?.UntilTime,
            seen.Requests.Left, seen.Requests.Limit, seen.Tokens.Left, seen.Tokens.Limit);
    }
}
