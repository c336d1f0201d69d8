using System.Buffers;
using System.Globalization;
using System.Text;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Forwarding;

/// <summary>A client's request, made ready for one target.</summary>
internal static class UpstreamRequest
{
    public static HttpRequestMessage Of(ForwardCall call, RouteAttempt attempt, WireApi api, IDialect? dialect)
    {
        var endpoint = attempt.Target.Endpoint!;
        var request = endpoint.NewRequest(api, attempt.Target.Model);
        request.Content = dialect is null ? Edited(call, attempt.Target) : Translated(call, attempt.Target, dialect);
        if (dialect is null)
        {
            foreach (var (name, value) in call.Headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        endpoint.Authorize(request, attempt.Key);
        return request;
    }

    /// <summary>The request in the target's API.</summary>
    /// <exception cref="ModelCallException">That API can't say it; another target's may.</exception>
    public static ArrayBufferWriter<byte> Say(ForwardCall call, string model, IDialect dialect)
    {
        ArrayBufferWriter<byte> body = new(call.Body.Length + 256);
        try
        {
            dialect.WriteRequest(Bounded(call), model, body);
            return body;
        }
        catch (WireException fault)
        {
            throw new ModelCallException(new(ModelErrorClass.Unsupported, null, fault.Message) { Parameter = fault.Parameter });
        }
    }

    /// <summary>The body that a dialect gets: the client's own, with our bound where it set none.</summary>
    private static ReadOnlyMemory<byte> Bounded(ForwardCall call)
    {
        if (call.OutputTokenBound is not { } bound)
        {
            return call.Body;
        }

        EditedBody body = new(call.Body);
        body.Replace(AfterBrace(call), Bound(call.Api == WireApi.Responses ? "max_output_tokens" : "max_completion_tokens", bound));
        return body.ToArray();
    }

    private static ByteArrayContent Translated(ForwardCall call, RouteTarget target, IDialect dialect)
    {
        var body = Say(call, target.Model, dialect);
        ByteArrayContent content = new(body.WrittenMemory.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        return content;
    }

    private static EditedBody Edited(ForwardCall call, RouteTarget target)
    {
        var envelope = call.Envelope;
        EditedBody body = new(call.Body);
        body.Replace(envelope.ModelValue, target.ModelJson);
        if (envelope.IsStreamed && call.Api == WireApi.ChatCompletions && !envelope.AsksForUsage)
        {
            AskForUsage(body, call);
        }

        if (call.OutputTokenBound is { } bound)
        {
            string name = call.Api == WireApi.Responses ? "max_output_tokens" : target.Kind is "openai" or "azure-openai" ? "max_completion_tokens" : "max_tokens";
            body.Replace(AfterBrace(call), Bound(name, bound));
        }

        return body;
    }

    // Accounting needs it always; where the client did not ask, it is taken out of the stream again.
    private static void AskForUsage(EditedBody body, ForwardCall call)
    {
        var envelope = call.Envelope;
        bool isObject = !envelope.StreamOptions.IsEmpty && call.Body.Span[envelope.StreamOptions.Start] == '{';
        if (!envelope.IncludeUsage.IsEmpty)
        {
            body.Replace(envelope.IncludeUsage, "true"u8.ToArray());
        }
        else if (isObject)
        {
            bool isEmpty = call.Body.Span.Slice(envelope.StreamOptions.Start + 1, envelope.StreamOptions.Length - 2).TrimStart(" \t\r\n"u8).IsEmpty;
            body.Replace(new(envelope.StreamOptions.Start + 1, 0), isEmpty ? "\"include_usage\":true"u8.ToArray() : "\"include_usage\":true,"u8.ToArray());
        }
        else if (!envelope.StreamOptions.IsEmpty)
        {
            body.Replace(envelope.StreamOptions, "{\"include_usage\":true}"u8.ToArray());
        }
        else
        {
            body.Replace(AfterBrace(call), AskingMember);
        }
    }

    private static readonly ReadOnlyMemory<byte> AskingMember = "\"stream_options\":{\"include_usage\":true},"u8.ToArray();

    // The object has at least its model, so a comma may always follow.
    private static ByteRange AfterBrace(ForwardCall call) => new(call.Body.Span.IndexOf((byte)'{') + 1, 0);

    private static byte[] Bound(string name, long bound) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\"{name}\":{bound},"));
}
