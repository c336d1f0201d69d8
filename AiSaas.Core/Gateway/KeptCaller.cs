using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Gateway;

/// <summary>On whose behalf work is done that its caller does not wait for, kept with it.</summary>
internal sealed record KeptCaller(
    Guid User, Guid? Key, long? KeyBudgetNanos, IReadOnlyList<string>? AllowedModels, string Feature, string? EndUser,
    string? Conversation, string Permissions, CacheWish Cache)
{
    public static KeptCaller Of(GatewayCaller caller, CacheWish cache) => new(
        caller.User.Value, caller.Key?.Value, caller.KeyBudgetNanos, caller.AllowedModels, caller.Feature, caller.EndUser,
        caller.Conversation, caller.Permissions, cache);

    public GatewayCaller In(TenantId tenant) => new(tenant, UserId.From(User), Key is { } key ? ApiKeyId.From(key) : null)
    {
        KeyBudgetNanos = KeyBudgetNanos,
        AllowedModels = AllowedModels,
        Feature = Feature,
        EndUser = EndUser,
        Conversation = Conversation,
        Permissions = Permissions,
    };
}
