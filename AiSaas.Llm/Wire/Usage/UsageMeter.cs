namespace AiSaas.Llm.Wire.Usage;

/// <summary>Follows the tokens of one stream.</summary>
/// <remarks>A mutable struct: keep it in a field or a local and never copy it.</remarks>
/// <param name="api">What the target speaks.</param>
public struct UsageMeter(WireApi api)
{
    private UsageFields _fields = new();

    /// <summary>Whether the provider has given a count at all.</summary>
    public bool HasUsage { get; private set; }

    /// <summary>Whether it is the count at the end. False for a stream of Anthropic's that broke off after its opening, whose output is then only a first figure.</summary>
    public bool IsFinal { get; private set; }

    /// <summary>What has been counted so far; null when the provider has given none.</summary>
    public readonly TokenUsage? Usage => HasUsage ? _fields.ToUsage(api) : null;

    /// <summary>Takes one event's data.</summary>
    /// <returns>Whether it held a count.</returns>
    public bool Observe(ReadOnlySpan<byte> data)
    {
        if (!UsageReader.TryRead(data, ref _fields, out bool isOpening))
        {
            return false;
        }

        HasUsage = true;
        IsFinal |= !isOpening;
        return true;
    }
}
