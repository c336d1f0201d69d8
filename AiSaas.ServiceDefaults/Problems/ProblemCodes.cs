namespace AiSaas.ServiceDefaults.Problems;

/// <summary>The stable codes of refusals that no feature has a better word for.</summary>
public static class ProblemCodes
{
    /// <summary>The extension member of problem details that carries the code.</summary>
    public const string Member = "code";

    public static string ForStatus(int status) => status switch
    {
        400 => "request:invalid",
        401 => "auth:required",
        403 => "auth:forbidden",
        404 => "request:not-found",
        405 => "request:method-not-allowed",
        406 => "request:not-acceptable",
        408 => "request:timeout",
        409 => "request:conflict",
        411 => "request:length-required",
        413 => "request:too-large",
        414 => "request:uri-too-long",
        415 => "request:unsupported-media-type",
        422 => "request:unprocessable",
        429 => "limits:exceeded",
        431 => "request:headers-too-large",
        502 => "upstream:failed",
        503 => "server:unavailable",
        504 => "upstream:timeout",
        >= 500 => "server:failed",
        _ => "request:refused",
    };
}
