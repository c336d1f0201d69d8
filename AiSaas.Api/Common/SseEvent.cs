using AiSaas.Core.Runs;

namespace AiSaas.Api.Common;

/// <param name="Id">The position that <c>Last-Event-ID</c> resumes from; null where there is none.</param>
/// <param name="Data">One line, UTF-8.</param>
internal readonly record struct SseEvent(RunEventId? Id, ReadOnlyMemory<byte> Data);
