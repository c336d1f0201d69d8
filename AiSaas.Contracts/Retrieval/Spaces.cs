using AiSaas.Contracts.Jobs;

namespace AiSaas.Contracts.Retrieval;

/// <summary>GET <c>/api/embedding-spaces</c>: what the workspace is searched by.</summary>
/// <param name="Model">The embedding model that the workspace wants: its own choice, or the installation's default.</param>
/// <param name="IsChosen">Whether it is its own choice.</param>
/// <param name="Space">What searches go by; null until something was embedded.</param>
/// <param name="Next">What is being filled and searched beside it; null unless the workspace moves.</param>
/// <param name="Previous">What can be gone back to at once, until <paramref name="PreviousUntil"/>.</param>
/// <param name="Passages">That words can find.</param>
/// <param name="Moving">The job of the move under way.</param>
/// <param name="Notice">What people should know.</param>
public sealed record EmbeddingSpacesInfo(
    string Model, bool IsChosen, string? Space, string? Next, string? Previous, DateTimeOffset? PreviousUntil, DateTimeOffset? SwitchedAt,
    long Passages, IReadOnlyList<EmbeddingSpaceInfo> Spaces, IReadOnlyList<EmbeddingModelInfo> Models, JobInfo? Moving, string? Notice);

/// <param name="Vectors">Of this workspace.</param>
/// <param name="Weight">The share of meaning in the fused score, 0 to 1.</param>
/// <param name="Unrelated">The cosine of texts that have nothing to do with each other.</param>
/// <param name="Related">The cosine from which meaning alone makes a passage worth showing.</param>
/// <param name="IsOwn">Whether the workspace has set any of the three.</param>
/// <param name="CalibratedAt">When they were measured on the workspace's passages.</param>
public sealed record EmbeddingSpaceInfo(
    string Id, string Model, int Dimensions, long Vectors, double Weight, double? Unrelated, double? Related, bool IsOwn, DateTimeOffset? CalibratedAt);

/// <param name="Provider">Its configured name; <c>local</c> for the built-in one.</param>
/// <param name="IsDefault">The installation's.</param>
public sealed record EmbeddingModelInfo(string Name, string Provider, string ProviderModel, int? Dimensions, bool IsDefault);

/// <summary>POST <c>/api/embedding-spaces</c>.</summary>
/// <param name="Model">By its configured name; null follows the installation's default again.</param>
public sealed record SwitchSpaceRequest(string? Model = null);

/// <summary>202: passages are embedded in the background; searches go on.</summary>
public sealed record SwitchSpaceResponse(Guid JobId);

/// <summary>PUT <c>/api/embedding-spaces/settings</c>. Null gives a figure back to the configuration.</summary>
public sealed record SpaceSettingsRequest(string Space, double? Weight = null, double? Unrelated = null, double? Related = null);

/// <summary>POST <c>/api/embedding-spaces/calibrate</c>.</summary>
/// <param name="Space">Null takes the one that searches go by.</param>
public sealed record CalibrateSpaceRequest(string? Space = null);

/// <summary>What a calibration found: the thresholds are in force.</summary>
/// <param name="Passages">That were compared with each other.</param>
/// <param name="Unrelated">The median cosine of pairs.</param>
/// <param name="Related">What one pair in a hundred exceeds.</param>
public sealed record SpaceMeasure(int Passages, double Unrelated, double Related);
