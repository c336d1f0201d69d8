using System.Buffers;
using System.Reflection;
using AiSaas.Core.Chat;
using AiSaas.Core.Runs;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace AiSaas.Api.Runs;

/// <summary>A run's events as a UI message stream, ended by <c>data: [DONE]</c>. A stream that breaks off (a slow reader, a stopping
/// replica) has no <c>[DONE]</c>: the client reconnects and resumes.</summary>
internal sealed class RunStreamResult(TenantId tenant, RunId run, RunEventId? after) : IResult, IEndpointMetadataProvider
{
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/event-stream"]));

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        headers.ContentType = "text/event-stream";
        headers.CacheControl = "no-cache";
        headers["x-accel-buffering"] = "no";
        headers["x-vercel-ai-ui-message-stream"] = "v1";
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var services = httpContext.RequestServices;
        var pulse = services.GetRequiredService<StreamPulse>();
        var body = httpContext.Response.BodyWriter;
        await using var reader = services.GetRequiredService<RunLogReader>().Open(tenant, run, after);
        RunStream stream = new(reader, body, services.GetRequiredService<TimeProvider>(), httpContext.Abort);
        await using var leaving = httpContext.RequestAborted.UnsafeRegister(static reader => ((RunReader)reader!).Release(), reader);
        pulse.Add(stream);
        try
        {
            // The headers go out now: a client learns that it is connected before the first word comes.
            await body.FlushAsync();
            if (await stream.RunAsync())
            {
                body.Write("data: [DONE]\n\n"u8);
                await stream.FlushAsync();
            }
        }
        catch (Exception) when (httpContext.RequestAborted.IsCancellationRequested || reader.IsReleased)
        {
            // The reader has left or was cut off: nothing is lost, the log is elsewhere.
        }
        finally
        {
            pulse.Remove(stream);
        }
    }
}
