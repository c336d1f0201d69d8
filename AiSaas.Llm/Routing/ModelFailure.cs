namespace AiSaas.Llm.Routing;

/// <summary>What kind of thing went wrong; routing decides by it.</summary>
public enum ModelErrorClass
{
    /// <summary>401, 402 or 403: this key is of no use.</summary>
    KeyRefused,

    /// <summary>429.</summary>
    RateLimited,

    /// <summary>5xx, or an error reported inside a stream.</summary>
    ServerError,

    /// <summary>Refused, reset, no such host.</summary>
    Unreachable,

    /// <summary>One of our deadlines ran out.</summary>
    TimedOut,

    /// <summary>An answer that is not what the API promises, or a stream that ends before its end.</summary>
    Malformed,

    /// <summary>The input does not fit the model's window.</summary>
    ContextTooLong,

    /// <summary>The provider's policy forbids it.</summary>
    ContentRefused,

    /// <summary>Any other 4xx: the request itself is wrong and stays wrong elsewhere.</summary>
    BadRequest,

    /// <summary>The request asks for what this target's API can't say; another's may.</summary>
    Unsupported,
}

public static class ModelErrorClasses
{
    /// <summary>What a class is called in the ledger and in codes; stable.</summary>
    public static string Name(this ModelErrorClass error) => error switch
    {
        ModelErrorClass.KeyRefused => "key-refused",
        ModelErrorClass.RateLimited => "rate-limited",
        ModelErrorClass.ServerError => "server-error",
        ModelErrorClass.Unreachable => "unreachable",
        ModelErrorClass.TimedOut => "timeout",
        ModelErrorClass.Malformed => "malformed",
        ModelErrorClass.ContextTooLong => "context-too-long",
        ModelErrorClass.ContentRefused => "content-refused",
        _ => "bad-request",
    };
}

/// <param name="Class">Decides what is tried next.</param>
/// <param name="Status">The HTTP status, if one came.</param>
/// <param name="Message">In words, without secrets; fit for a log and an operator.</param>
/// <param name="RetryAfter">The provider's own advice.</param>
public sealed record ModelFailure(ModelErrorClass Class, int? Status, string Message, TimeSpan? RetryAfter = null)
{
    /// <summary>It is the key that is refused or limited: another one of the same provider may do better, and the target isn't to blame.</summary>
    public bool IsKeysFault => Class is ModelErrorClass.KeyRefused or ModelErrorClass.RateLimited;

    /// <summary>Whether it speaks against the target, for the breaker.</summary>
    public bool IsTargetsFault =>
        Class is ModelErrorClass.ServerError or ModelErrorClass.Unreachable or ModelErrorClass.TimedOut or ModelErrorClass.Malformed;

    /// <summary>Whether another provider may do better.</summary>
    public bool AnotherProviderMayHelp =>
        Class is not (ModelErrorClass.BadRequest or ModelErrorClass.ContextTooLong or ModelErrorClass.ContentRefused);

    /// <summary>The request's member at fault, where one is named.</summary>
    public string? Parameter { get; init; }

    /// <summary>The status that our own client gets. A provider that refuses our key is our trouble, not the client's.</summary>
    public int ClientStatus => Class switch
    {
        ModelErrorClass.RateLimited => 429,
        ModelErrorClass.TimedOut => 504,
        ModelErrorClass.ServerError when Status == 503 || RetryAfter is not null => 503,
        ModelErrorClass.BadRequest => Status is >= 400 and < 500 ? Status.Value : 400,
        ModelErrorClass.ContextTooLong or ModelErrorClass.ContentRefused or ModelErrorClass.Unsupported => 400,
        _ => RetryAfter is not null ? 503 : 502,
    };

    /// <summary>For programs, stable; in OpenAI's words where it has them.</summary>
    public string Code => Class switch
    {
        ModelErrorClass.KeyRefused => "provider_key_refused",
        ModelErrorClass.RateLimited => "rate_limit_exceeded",
        ModelErrorClass.ServerError => "provider_error",
        ModelErrorClass.Unreachable => "provider_unreachable",
        ModelErrorClass.TimedOut => "provider_timeout",
        ModelErrorClass.ContextTooLong => "context_length_exceeded",
        ModelErrorClass.ContentRefused => "content_filter",
        ModelErrorClass.BadRequest => "invalid_request",
        ModelErrorClass.Unsupported => "unsupported_parameter",
        _ => "provider_malformed",
    };

    /// <summary>What an HTTP status means; the text tells the three meanings of 400 apart.</summary>
    public static ModelFailure FromStatus(int status, string message, TimeSpan? retryAfter = null)
    {
        var kind = status switch
        {
            401 or 402 or 403 => ModelErrorClass.KeyRefused,
            408 => ModelErrorClass.TimedOut,
            429 => ModelErrorClass.RateLimited,
            >= 500 => ModelErrorClass.ServerError,
            413 => ModelErrorClass.ContextTooLong,
            // Anthropic says so with a 400.
            >= 400 when Says("credit balance is too low", "insufficient_quota") => ModelErrorClass.KeyRefused,
            >= 400 when Says("context_length", "maximum context", "prompt is too long", "context window") => ModelErrorClass.ContextTooLong,
            >= 400 when Says("content_filter", "content_policy", "content management policy") => ModelErrorClass.ContentRefused,
            >= 400 => ModelErrorClass.BadRequest,
            _ => ModelErrorClass.Malformed,
        };
        return new(kind, status, message, retryAfter);

        bool Says(params ReadOnlySpan<string> words)
        {
            foreach (string word in words)
            {
                if (message.Contains(word, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
