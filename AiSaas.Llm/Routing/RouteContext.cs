using Microsoft.Extensions.Logging;

namespace AiSaas.Llm.Routing;

/// <summary>What all calls of all routes share.</summary>
public sealed partial class RouteContext(RetryBudget retries, TimeProvider clock, ILogger<RouteContext> logger)
{
    internal RetryBudget Retries => retries;

    internal TimeProvider Clock => clock;

    internal void NoteFailure(string route, RouteTarget target, ModelFailure failure) =>
        Log.Failed(logger, route, target.Provider, target.Model, failure.Class, failure.Status, failure.Message);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Route}: {Provider}/{Model} failed, {Error} {Status}: {Message}")]
        public static partial void Failed(
            ILogger logger, string route, string provider, string model, ModelErrorClass error, int? status, string message);
    }
}
