using System.Buffers;
using System.Text.Json;

namespace AiSaas.Llm.Wire.Errors;

/// <summary>Writes errors in the shape of the API that the client speaks, and reads those of providers.</summary>
public static class WireErrors
{
    /// <summary>A whole error body.</summary>
    /// <param name="api">What the client speaks.</param>
    /// <param name="status">The HTTP status it goes with; decides the type.</param>
    /// <param name="code">For programs; null for none. Anthropic's shape has no place for it.</param>
    /// <param name="message">For people.</param>
    /// <param name="parameter">The request's member at fault; likewise.</param>
    /// <param name="requestId">Anthropic's shape carries it; the others have it in a header only.</param>
    /// <param name="output">Takes the body.</param>
    public static void WriteBody(
        WireApi api, int status, string? code, string message, string? parameter, string? requestId, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(message);
        using Utf8JsonWriter writer = new(output, WireJson.Writing);
        writer.WriteStartObject();
        if (api == WireApi.Messages)
        {
            writer.WriteString("type"u8, "error"u8);
            writer.WriteStartObject("error"u8);
            writer.WriteString("type"u8, AnthropicType(status, code));
            writer.WriteString("message"u8, message);
            writer.WriteEndObject();
            if (requestId is not null)
            {
                writer.WriteString("request_id"u8, requestId);
            }
        }
        else
        {
            writer.WriteStartObject("error"u8);
            WriteMembers(writer, code, message, parameter, OpenAIType(status, code));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary>An error in the middle of a stream, as a whole frame. The stream ends after it, without the API's ordinary end.</summary>
    /// <param name="api">What the client speaks.</param>
    /// <param name="status">What the status would have been.</param>
    /// <param name="code">For programs; null for none.</param>
    /// <param name="message">For people.</param>
    /// <param name="requestId">As in <see cref="WriteBody"/>.</param>
    /// <param name="output">Takes the frame.</param>
    /// <param name="sequence">The number of the event: only Responses counts its events.</param>
    public static void WriteStreamError(
        WireApi api, int status, string? code, string message, string? requestId, IBufferWriter<byte> output, long sequence = 0)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write(api is WireApi.Messages or WireApi.Responses ? "event: error\ndata: "u8 : "data: "u8);
        if (api == WireApi.Responses)
        {
            using Utf8JsonWriter writer = new(output, WireJson.Writing);
            writer.WriteStartObject();
            WriteMembers(writer, code ?? OpenAIType(status, null), message, parameter: null, "error");
            writer.WriteNumber("sequence_number"u8, sequence);
            writer.WriteEndObject();
        }
        else
        {
            WriteBody(api, status, code, message, parameter: null, requestId, output);
        }

        output.Write("\n\n"u8);
    }

    /// <summary>Reads a provider's error body: OpenAI's, Anthropic's, Google's, FastAPI's shape, or plain text.</summary>
    public static WireError ReadError(ReadOnlySpan<byte> body) => ErrorReader.Read(body);

    /// <summary>Whether a body that came with status 200, or a stream event's data, is an error and no answer.</summary>
    /// <param name="api">What the target speaks.</param>
    /// <param name="json">The body or the event's data.</param>
    /// <param name="error">What it says.</param>
    public static bool TryReadError(WireApi api, ReadOnlySpan<byte> json, out WireError error)
    {
        bool isError = ErrorReader.IsError(api, json);
        error = isError ? ErrorReader.Read(json) : default;
        return isError;
    }

    /// <summary>The HTTP status that Anthropic's error types stand for: a stream's error event has nothing else. 0 where the type names none.</summary>
    public static int StatusOf(string? type) => type switch
    {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" or "rate_limit_exceeded" or "insufficient_quota" or "requests" or "tokens" => 429,
        "api_error" or "server_error" or "internal_server_error" => 500,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 0,
    };

    private static void WriteMembers(Utf8JsonWriter writer, string? code, string message, string? parameter, string type)
    {
        writer.WriteString("message"u8, message);
        writer.WriteString("type"u8, type);
        writer.WriteString("param"u8, parameter);
        writer.WriteString("code"u8, code);
    }

    private static string OpenAIType(int status, string? code) => status switch
    {
        401 => "authentication_error",
        402 => "insufficient_quota",
        403 => "permission_error",
        404 => "not_found_error",
        429 => code is "budget_exceeded" or "insufficient_quota" ? "insufficient_quota" : "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    private static string AnthropicType(int status, string? code) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 or 504 => "timeout_error",
        413 => "request_too_large",
        429 => code is "budget_exceeded" or "insufficient_quota" ? "billing_error" : "rate_limit_error",
        529 => "overloaded_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };
}
