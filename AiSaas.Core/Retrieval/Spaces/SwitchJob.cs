using System.Text.Json.Serialization;

namespace AiSaas.Core.Retrieval.Spaces;

/// <summary>The payload of a <c>reembed</c> job.</summary>
/// <param name="Model">The embedding model that the workspace moves to, by its name in the catalog.</param>
/// <param name="Commanded">By a person. Else the worker noticed, and a provider that gives another size under the same name is only reported.</param>
/// <param name="By">Who pays is the workspace; whom the calls are filed under.</param>
public sealed record SwitchJob(string Model, bool Commanded, Guid? By);

/// <summary>The payload of a <c>reembed-part</c> job: passages by id, both ends included.</summary>
public sealed record SwitchPartJob(string Model, string Space, Guid First, Guid Last, Guid? By);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SwitchJob))]
[JsonSerializable(typeof(SwitchPartJob))]
public sealed partial class SwitchJobJson : JsonSerializerContext;
