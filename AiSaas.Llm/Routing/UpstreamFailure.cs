using System.Text.Json;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Routing;

/// <summary>What went wrong on the way to a provider, in our terms.</summary>
internal static class UpstreamFailure
{
    public static ModelFailure Of(Exception error) => error switch
    {
        ModelCallException known => known.Failure,
        _ when OfTransport(error) is { } failure => failure,
        WireException or JsonException => new(ModelErrorClass.Malformed, null, $"The answer is not what this API promises: {error.Message}"),
        _ => new(ModelErrorClass.Malformed, null, $"The answer could not be read: {error.Message}"),
    };

    /// <summary>Null if it was not the connection.</summary>
    public static ModelFailure? OfTransport(Exception error) => error switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse } or HttpIOException =>
            new(ModelErrorClass.Malformed, null, $"The answer broke off: {error.Message}"),
        HttpRequestException or IOException => new(ModelErrorClass.Unreachable, null, error.Message),
        OperationCanceledException or TimeoutException => new(ModelErrorClass.TimedOut, null, "The connection timed out."),
        _ => null,
    };
}
