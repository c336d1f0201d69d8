namespace AiSaas.Contracts.Common;

/// <summary>Problem details (RFC 9457) as every <c>/api</c> route answers them.</summary>
/// <param name="Code">Stable, for programs: <c>feature:reason</c>, such as <c>documents:too-large</c>.</param>
/// <param name="Detail">For people, in words, with the way out where there is one.</param>
public sealed record Problem(
    string? Type, string? Title, int? Status, string? Detail, string? Code, string? TraceId,
    IReadOnlyDictionary<string, string[]>? Errors = null);

/// <summary>A page of a list. <paramref name="Next"/> is the cursor of the next page, null on the last.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next = null);

/// <summary>Something that went wrong with a document, a job or an answer, in words and as a stable code.</summary>
public sealed record Failure(string Code, string Detail);
