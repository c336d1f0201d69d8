using System.Buffers;
using System.IO.Pipelines;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace AiSaas.Api.Common;

/// <summary>Server-sent events, ended by <c>data: [DONE]</c>. A stream that breaks off (a slow reader, a stopping replica) has no
/// <c>[DONE]</c>: the client reconnects and resumes.</summary>
/// <remarks>See <see cref="SseRelay"/>.</remarks>
internal sealed class SseResult(IAsyncEnumerable<SseEvent> events) : IResult, IEndpointMetadataProvider
{
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/event-stream"]));

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers["x-vercel-ai-ui-message-stream"] = "v1";
        return SseRelay.RunAsync(httpContext, events, Write, "data: [DONE]\n\n"u8.ToArray());
    }

    private static void Write(PipeWriter body, SseEvent one)
    {
        if (one.Id is { } id)
        {
            body.Write("id: "u8);
            var space = body.GetSpan(48);
            id.TryFormat(space, out int written, default, null);
            body.Advance(written);
            body.Write("\n"u8);
        }

        body.Write("data: "u8);
        body.Write(one.Data.Span);
        body.Write("\n\n"u8);
    }
}
