using System.Text.Json.Serialization;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>The payload of a <c>response</c> job. The request itself is in the row.</summary>
internal sealed record ResponseJob(string Id);

/// <summary>On whose behalf a background response runs, kept with it: the caller is gone by then.</summary>
internal sealed record ResponseCaller(
    Guid User, Guid? Key, long? KeyBudgetNanos, IReadOnlyList<string>? AllowedModels, string Feature, string? EndUser,
    string? Conversation, string Permissions, CacheWish Cache)
{
    public static ResponseCaller Of(GatewayCaller caller, CacheWish cache) => new(
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

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ResponseJob))]
[JsonSerializable(typeof(ResponseCaller))]
internal sealed partial class ResponseJson : JsonSerializerContext;
