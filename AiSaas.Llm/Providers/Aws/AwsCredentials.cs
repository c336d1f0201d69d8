using System.Text.RegularExpressions;

namespace AiSaas.Llm.Providers.Aws;

/// <summary>An AWS access key, as a provider's key: <c>ID:SECRET</c> or <c>ID:SECRET:SESSION-TOKEN</c>.</summary>
internal sealed partial record AwsCredentials(string AccessKeyId, string Secret, string? SessionToken)
{
    /// <summary>Null if the text is some other key, such as Bedrock's own.</summary>
    public static AwsCredentials? Read(string? key) =>
        key?.Split(':', 3) is [var id, { Length: > 0 } secret, .. var rest] && AccessKey().IsMatch(id)
            ? new(id, secret, rest is [{ Length: > 0 } token] ? token : null)
            : null;

    public override string ToString() => AccessKeyId;

    [GeneratedRegex("^A[KS]IA[A-Z0-9]{12,28}$")]
    private static partial Regex AccessKey();
}
