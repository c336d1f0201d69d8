namespace AiSaas.Web.Chat;

internal static class ChatServices
{
    public static void AddChat(this IServiceCollection services) => services.AddScoped<AskFromForm>();

    public static void MapChat(this IEndpointRouteBuilder routes)
    {
        routes.MapChatForms();
        routes.MapChatFragments();
    }
}
