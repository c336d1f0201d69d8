using System.Text.Json.Serialization;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>The payload of a <c>response</c> job. The request itself is in the row.</summary>
internal sealed record ResponseJob(string Id);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ResponseJob))]
[JsonSerializable(typeof(KeptCaller))]
internal sealed partial class ResponseJson : JsonSerializerContext;
