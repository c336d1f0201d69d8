using System.Text.Json.Serialization;
using AiSaas.Api.Batches;
using AiSaas.Api.Chat;
using AiSaas.Api.Documents;
using AiSaas.Api.Gateway;
using AiSaas.Api.Identity;
using AiSaas.Api.Jobs;
using AiSaas.Api.Quality;
using AiSaas.Api.Retrieval;
using AiSaas.Api.Runs;
using AiSaas.Api.Sources;
using AiSaas.Api.Uploads;
using AiSaas.Api.Usage;
using AiSaas.Api.Webhooks;
using AiSaas.Contracts;
using AiSaas.Core.Batches;
using AiSaas.Core.Chat;
using AiSaas.Core.Documents;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Responses;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Quality;
using AiSaas.Core.Redis;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Runs;
using AiSaas.Core.Tenancy;
using AiSaas.Core.Webhooks;
using AiSaas.Llm;

namespace AiSaas.Api;

/// <summary>The api's table of contents.</summary>
internal static class ApiSetup
{
    public static void AddApi(this WebApplicationBuilder builder)
    {
        builder.AddPersistence();
        builder.AddRedis();
        builder.AddTenancy();
        builder.Services.AddLlm(builder.Configuration);
        builder.Services.AddAiSaasIdentity();
        builder.Services.AddJobs();
        builder.Services.AddRuns();
        builder.Services.AddDocuments();
        builder.Services.AddRetrieval();
        builder.Services.AddChat();
        builder.AddGateway();
        builder.Services.AddResponses();
        builder.Services.AddBatches();
        builder.Services.AddWebhooks();
        builder.Services.AddQuality();

        builder.Services.AddAiSaasAuthentication();
        builder.Services.AddSingleton<GatewayAuthentication>();
        builder.Services.AddSingleton<LiveWatchers>();
        builder.Services.AddSingleton<StreamPulse>();
        builder.Services.AddAuthRateLimit(builder.Configuration);
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractsJson.Default);
            options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });
        builder.Services.AddOpenApi();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
    }

    public static void UseApi(this WebApplication app)
    {
        app.UseCrossSiteGuard();

        // The gateway's face has an authentication of its own, whose refusals its clients understand. The host must not put
        // ASP.NET's in front because it sees none at the top.
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true;
        ((IApplicationBuilder)app).Properties["__AuthorizationMiddlewareSet"] = true;
        app.UseWhen(context => !context.Request.Path.StartsWithSegments("/v1"), api =>
        {
            api.UseAuthentication();
            api.UseAuthorization();
            api.UseRateLimiter();
        });
    }

    public static void MapApi(this WebApplication app)
    {
        app.MapOpenApi("/openapi/v1.json");
        var api = app.MapGroup("/api");
        api.MapAuth();

        var signedIn = app.MapGroup("/api").RequireAccess();
        signedIn.MapMe();
        signedIn.MapKeys();
        signedIn.MapCollections();
        signedIn.MapDocuments();
        signedIn.MapSources();
        signedIn.MapUploads();
        signedIn.MapChunks();
        signedIn.MapSearch();
        signedIn.MapSpaces();
        signedIn.MapQueries();
        signedIn.MapQuality();
        signedIn.MapConversations();
        signedIn.MapRuns();
        signedIn.MapClientChats();
        signedIn.MapJobs();
        signedIn.MapBatches();
        signedIn.MapWebhooks();
        signedIn.MapSchedules();
        signedIn.MapUsage();
        signedIn.MapBudgets();
        signedIn.MapGatewayAdmin();
        app.MapGateway();
        app.MapFiles();
        app.MapFileBatches();
    }
}
