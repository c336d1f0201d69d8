using AiSaas.Contracts;
using AiSaas.Contracts.Common;
using AiSaas.Web.Api;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace AiSaas.Web.Forwarding;

/// <summary>Passes a request to the api and its answer back, byte for byte, as it comes.</summary>
/// <remarks>
/// 1. Headers cross but for those of one hop; the body goes up unbuffered, large ones only once the api asks for them.
/// 2. Until the api's headers are here, failure is an answer: 502 when it is away, 504 when it is silent.
/// 3. From then on each piece is flushed as it arrives; a failure cuts the connection, so that no half looks whole.
/// 4. A visitor who leaves ends the request upstream at once.
/// </remarks>
internal sealed partial class ApiForwarder(
    HttpMessageInvoker upstream, IOptions<ForwarderOptions> options, TimeProvider time, ILogger<ApiForwarder> logger)
{
    private static readonly Uri Api = new("https+http://api");
    private const int PieceBytes = 16 * 1024;

    public Task ForwardAsync(HttpContext context) =>
        ForwardAsync(context, context.Request.Path + context.Request.QueryString, static (answer, context, silence) => RelayAsync(answer, context, silence));

    /// <summary>Sends the visitor's request to <paramref name="path"/> and leaves the answer to <paramref name="answered"/>.</summary>
    public async Task ForwardAsync(HttpContext context, string path, Func<HttpResponseMessage, HttpContext, Silence, Task> answered)
    {
        using Silence silence = new(options.Value.SilenceLimit, time, context.RequestAborted);
        using var request = Compose(context, path, silence);

        HttpResponseMessage answer;
        try
        {
            answer = await upstream.SendAsync(request, silence.Token);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException or BadHttpRequestException)
        {
            await RefuseAsync(context, fault, (request.Content as RequestBody)?.VisitorFailed == true);
            return;
        }

        using (answer)
        {
            try
            {
                await answered(answer, context, silence);
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
            {
                if (!context.RequestAborted.IsCancellationRequested)
                {
                    Log.BrokeOff(logger, context.Request.Path, fault.Message);
                }

                context.Abort();
            }
        }
    }

    private HttpRequestMessage Compose(HttpContext context, string path, Silence silence)
    {
        var request = context.Request;
        HttpRequestMessage message = new(HttpMethod.Parse(request.Method), new Uri(Api, path));
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            // How large a body may be is the api's to say.
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            {
                size.MaxRequestBodySize = null;
            }

            message.Content = new RequestBody(request, silence);
            message.Headers.ExpectContinue = request.ContentLength is not { } length || length >= options.Value.AskBeforeSending;
        }

        ForwardedHeaders.CopyTo(request, message);
        return message;
    }

    private static async Task RelayAsync(HttpResponseMessage answer, HttpContext context, Silence silence)
    {
        var response = context.Response;
        response.StatusCode = (int)answer.StatusCode;
        ForwardedHeaders.CopyTo(answer, response);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        // Headers leave at once: an EventSource is open when they arrive, however long the first event takes.
        await response.BodyWriter.FlushAsync(silence.Token);

        await using var body = await answer.Content.ReadAsStreamAsync(silence.Token);
        var writer = response.BodyWriter;
        while (true)
        {
            // An empty read waits without a buffer: thousands of quiet streams then cost no memory.
            _ = await body.ReadAsync(Memory<byte>.Empty, silence.Token);
            int read = await body.ReadAsync(writer.GetMemory(PieceBytes), silence.Token);
            if (read == 0)
            {
                return;
            }

            writer.Advance(read);
            silence.Broken();
            var flushed = await writer.FlushAsync(silence.Token);
            if (flushed.IsCompleted || flushed.IsCanceled)
            {
                return;
            }
        }
    }

    private async Task RefuseAsync(HttpContext context, Exception fault, bool visitorFailed)
    {
        if (context.RequestAborted.IsCancellationRequested || visitorFailed)
        {
            context.Abort();
            return;
        }

        bool silent = fault is OperationCanceledException;
        Log.Away(logger, context.Request.Path, fault.Message);
        await WriteAsync(context, silent ? Refusals.ApiSilent : Refusals.ApiAway with { Status = StatusCodes.Status502BadGateway });
    }

    private static Task WriteAsync(HttpContext context, Problem problem)
    {
        context.Response.StatusCode = problem.Status!.Value;
        return context.Response.WriteAsJsonAsync(
            problem, ContractsJson.Default.Problem, "application/problem+json", context.RequestAborted);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The api did not answer {Path}: {Reason}")]
        public static partial void Away(ILogger logger, string path, string reason);

        [LoggerMessage(2, LogLevel.Warning, "The api's answer to {Path} broke off: {Reason}")]
        public static partial void BrokeOff(ILogger logger, string path, string reason);
    }
}
