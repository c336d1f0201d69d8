using System.IO.Pipelines;
using AiSaas.Llm.Forwarding;
using AiSaas.Llm.Models;
using AiSaas.Llm.Providers;
using AiSaas.Llm.Routing;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AiSaas.Tests.Llm.Forwarding;

/// <summary>A route to one target that is never reached.</summary>
internal static class Targets
{
    private static readonly ProviderRegistry Registry = new(Options.Create(Settings()), TimeProvider.System, NullLogger<ProviderRegistry>.Instance);

    public static IStreamSink NoSink { get; } = new Nowhere();

    public static Route Route(params ReadOnlySpan<string> models) => new("house", [.. models.ToArray().Select(Target)], TargetOrder.Named("fallback", Random.Shared));

    public static RouteAttempt Attempt(string model)
    {
        var target = Target(model);
        return new(target, target.Endpoint!.Keys, target.Endpoint.Keys.Choose()!, new AttemptLog(TimeProvider.System).Begin(target.Provider, target.Model, null));
    }

    private static RouteTarget Target(string model) =>
        new("one", "openai-compatible", model, 1, Registry.Find("one"), new("one", model, new(), new ManualTime()));

    private static GatewayOptions Settings() => new()
    {
        Providers = { ["one"] = new() { Kind = "openai-compatible", BaseUrl = "http://127.0.0.1:9/v1" } },
    };

    private sealed class Nowhere : IStreamSink
    {
        public PipeWriter Begin(RouteTarget target, int attempts) => throw new InvalidOperationException("Nothing streams here.");
    }
}
