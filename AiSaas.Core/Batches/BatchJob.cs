using System.Text.Json.Serialization;
using AiSaas.Contracts.Batches;
using AiSaas.Core.Gateway;

namespace AiSaas.Core.Batches;

/// <summary>The payload of a <c>batch</c> job: nothing. Its rows go by the job's id.</summary>
internal sealed record BatchJob;

/// <summary>The payload of a <c>batch-part</c> job.</summary>
/// <param name="Batch">The parent.</param>
/// <param name="First">The ordinal that its row in <c>batch_parts</c> begins with.</param>
internal sealed record BatchPartJob(Guid Batch, int First);

/// <summary>A fault as <c>batches.errors</c> keeps it and OpenAI's clients read it.</summary>
internal sealed record BatchError(string Code, string Message, int? Line, string? Param);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BatchJob))]
[JsonSerializable(typeof(BatchPartJob))]
[JsonSerializable(typeof(IReadOnlyList<BatchError>))]
[JsonSerializable(typeof(KeptCaller))]
[JsonSerializable(typeof(BatchResult))]
[JsonSerializable(typeof(string))]
internal sealed partial class BatchJobJson : JsonSerializerContext;
