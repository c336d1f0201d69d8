using AiSaas.Contracts;
using AiSaas.Contracts.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiSaas.Tests.Web.FakeApi;

/// <summary>The api's routes in memory, for tests of pages that need no store. One workspace for each that registers.</summary>
/// <remarks>Same shapes and codes as the real one. Documents move through their stages by the clock that it is given.</remarks>
public sealed partial class FakeApi : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly WebApplication _app;
    private readonly TimeProvider _time;

    private FakeApi(WebApplication app, TimeProvider time)
    {
        _app = app;
        _time = time;
        MapIdentity(app.MapGroup("/api"));
        MapCollections(app.MapGroup("/api"));
        MapDocuments(app.MapGroup("/api"));
        MapConversations(app.MapGroup("/api"));
    }

    public string Url => _app.Urls.First();

    public static async Task<FakeApi> StartAsync(string url = "http://127.0.0.1:0", TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<JsonOptions>(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractsJson.Default));
        var app = builder.Build();
        app.Urls.Add(url);
        FakeApi api = new(app, time ?? TimeProvider.System);
        await app.StartAsync();
        return api;
    }

    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private DateTimeOffset Now => _time.GetUtcNow();

    private Guid NewId() => Guid.CreateVersion7(Now);

    private static IResult Refused(int status, string code, string detail) => Results.Json(
        new Problem(null, null, status, detail, code, null), ContractsJson.Default.Problem, "application/problem+json", status);

    private static IResult NotFound(string what) => Refused(StatusCodes.Status404NotFound, $"{what}:not-found", $"There is no such {what}.");
}
