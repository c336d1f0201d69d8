using System.Net.Sockets;
using AiSaas.Core.Outbound;

namespace AiSaas.Core.Webhooks;

/// <summary>Looks at an endpoint's address when it is set, so that who types a private one hears it at once.</summary>
/// <remarks>A courtesy: what counts is the check when something is sent. A name that nobody knows yet is accepted.</remarks>
public sealed class WebhookAddress(AddressPolicy policy, OutboundConnector connector)
{
    /// <returns>The address, or what is wrong with it in words.</returns>
    public async Task<(Uri? Url, string? Fault)> ReadAsync(string? text, CancellationToken cancellation)
    {
        if (!OutboundUrl.TryRead(text?.Trim(), policy, out var url, out string? fault))
        {
            return (null, fault);
        }

        try
        {
            await connector.ResolveAsync(url.IdnHost, cancellation);
        }
        catch (OutboundRefusedException refused)
        {
            return (null, refused.Message);
        }
        catch (Exception unknown) when (unknown is SocketException or TimeoutException or ArgumentException)
        {
            // The first delivery will tell.
        }

        return (url, null);
    }
}
