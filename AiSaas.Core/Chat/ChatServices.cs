using AiSaas.Core.Jobs;
using AiSaas.Core.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Core.Chat;

public static class ChatServices
{
    /// <summary>Conversations, questions and runs. Needs persistence, jobs and runs.</summary>
    public static IServiceCollection AddChat(this IServiceCollection services)
    {
        services.TryAddSingleton<Conversations>();
        services.TryAddSingleton<AskQuestion>();
        services.TryAddSingleton<ClientChats>();
        services.TryAddSingleton<ChatRuns>();
        services.TryAddSingleton<IRunAccess>(provider => provider.GetRequiredService<ChatRuns>());
        services.TryAddSingleton<IRunFallback>(provider => provider.GetRequiredService<ChatRuns>());
        services.AddJobSettlement<SettleAnswer>();
        services.AddSchedulableKind<ScheduledQuestion>();
        return services;
    }
}
