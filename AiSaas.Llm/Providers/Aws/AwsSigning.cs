namespace AiSaas.Llm.Providers.Aws;

/// <summary>Signs what carries an access key as its bearer; other keys pass as they are.</summary>
/// <remarks>At the transport, where the body is final: SDKs and forwarding both end here.</remarks>
internal sealed class AwsSigning(string region, TimeProvider clock, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const string Bearer = "Bearer ";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.NonValidated.TryGetValues("Authorization", out var values)
            && values.ToString() is var header && header.StartsWith(Bearer, StringComparison.Ordinal)
            && AwsCredentials.Read(header[Bearer.Length..]) is { } credentials)
        {
            byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            new AwsSignature(credentials, region, ServiceAt(request.RequestUri!.Host)).Sign(request, body, clock.GetUtcNow());
        }

        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    // Bedrock has two doors, each with a name of its own to sign for.
    private static string ServiceAt(string host) => host.StartsWith("bedrock-mantle.", StringComparison.OrdinalIgnoreCase) ? "bedrock-mantle" : "bedrock";
}
