namespace AiSaas.Core.Jobs;

/// <summary>Another worker holds the job now, or it has ended: nothing of this attempt may be written any more.</summary>
public sealed class LeaseLostException(string what, long fence) : Exception($"The lease of {what} with fence {fence} is lost.");
