using System.Text.RegularExpressions;
using AiSaas.Llm.Models;
using AiSaas.Llm.Providers.Aws;

namespace AiSaas.Llm.Providers;

/// <summary>AWS Bedrock's OpenAI-compatible endpoint: with a Bedrock key as a bearer, or signed with an access key.</summary>
internal sealed partial class BedrockKind : OpenAIKind
{
    public override IEnumerable<string> Faults(ProviderOptions options)
    {
        if (options.Region is { } region ? !RegionName().IsMatch(region) : string.IsNullOrWhiteSpace(options.BaseUrl))
        {
            yield return $"Region is '{options.Region}'; it must name an AWS region, such as us-east-1.";
        }

        foreach (string fault in base.Faults(options).Where(fault => !fault.StartsWith("BaseUrl is missing", StringComparison.Ordinal)))
        {
            yield return fault;
        }

        for (int i = 0; i < options.ApiKeys.Count; i++)
        {
            if (AwsCredentials.Read(options.ApiKeys[i]) is not null && options.Region is null)
            {
                yield return $"Region is missing; ApiKeys:{i} is an access key, by which requests are signed for a region.";
            }
        }
    }

    public override HttpMessageHandler Around(HttpMessageHandler transport, ProviderOptions options, TimeProvider clock) =>
        options.Region is { } region ? new AwsSigning(region, clock, transport) : transport;

    protected override string? OwnAddress(ProviderOptions options) =>
        string.IsNullOrWhiteSpace(options.Region) ? null : $"https://bedrock-runtime.{options.Region}.amazonaws.com/openai/v1";

    [GeneratedRegex("^[a-z]{2,3}(-[a-z]+){1,3}-[0-9]{1,2}$")]
    private static partial Regex RegionName();
}
