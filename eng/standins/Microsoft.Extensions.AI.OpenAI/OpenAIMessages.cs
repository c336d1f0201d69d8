using System.Text.Json;
using OpenAI.Chat;

namespace Microsoft.Extensions.AI;

/// <summary>Turns messages into OpenAI's: text, images, audio, files, tool calls and their results.</summary>
internal static class OpenAIMessages
{
    public static IEnumerable<OpenAI.Chat.ChatMessage> Convert(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        if (!string.IsNullOrWhiteSpace(options?.Instructions))
        {
            yield return new SystemChatMessage(options.Instructions);
        }

        foreach (var message in messages)
        {
            if (message.RawRepresentation is OpenAI.Chat.ChatMessage own)
            {
                yield return own;
            }
            else if (message.Role == ChatRole.Tool)
            {
                foreach (var result in message.Contents.OfType<FunctionResultContent>())
                {
                    yield return new ToolChatMessage(result.CallId, Text(result.Result));
                }
            }
            else
            {
                yield return Plain(message);
            }
        }
    }

    private static OpenAI.Chat.ChatMessage Plain(ChatMessage message)
    {
        var parts = Parts(message.Contents);
        if (message.Role == ChatRole.System)
        {
            return new SystemChatMessage(parts) { ParticipantName = message.AuthorName };
        }

        if (message.Role == ChatRole.Assistant)
        {
            AssistantChatMessage assistant = new(parts) { ParticipantName = message.AuthorName };
            foreach (var call in message.Contents.OfType<FunctionCallContent>())
            {
                assistant.ToolCalls.Add(ChatToolCall.CreateFunctionToolCall(
                    call.CallId, call.Name, BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(call.Arguments, AIJsonUtilities.DefaultOptions))));
            }

            return assistant;
        }

        return message.Role.Value == "developer"
            ? new DeveloperChatMessage(parts) { ParticipantName = message.AuthorName }
            : new UserChatMessage(parts) { ParticipantName = message.AuthorName };
    }

    private static List<ChatMessageContentPart> Parts(IList<AIContent> contents)
    {
        List<ChatMessageContentPart> parts = [.. contents.Select(Part).OfType<ChatMessageContentPart>()];
        return parts is [] ? [ChatMessageContentPart.CreateTextPart("")] : parts;
    }

    private static ChatMessageContentPart? Part(AIContent content) => content switch
    {
        { RawRepresentation: ChatMessageContentPart own } => own,
        TextContent text => ChatMessageContentPart.CreateTextPart(text.Text),
        UriContent uri when uri.HasTopLevelMediaType("image") => ChatMessageContentPart.CreateImagePart(uri.Uri, Detail(uri)),
        DataContent data when data.HasTopLevelMediaType("image") =>
            ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(data.Data), data.MediaType, Detail(data)),
        DataContent { MediaType: "audio/wav" or "audio/mpeg" } data => ChatMessageContentPart.CreateInputAudioPart(
            BinaryData.FromBytes(data.Data), data.MediaType == "audio/wav" ? ChatInputAudioFormat.Wav : ChatInputAudioFormat.Mp3),
        DataContent { MediaType: "application/pdf" } data =>
            ChatMessageContentPart.CreateFilePart(BinaryData.FromBytes(data.Data), data.MediaType, data.Name ?? "document.pdf"),
        HostedFileContent file => ChatMessageContentPart.CreateFilePart(file.FileId),
        _ => null,
    };

    private static ChatImageDetailLevel? Detail(AIContent content) =>
        content.AdditionalProperties?.TryGetValue("detail", out object? value) is not true ? default(ChatImageDetailLevel?)
        : value is ChatImageDetailLevel level ? level
        : value is string name ? new ChatImageDetailLevel(name)
        : default(ChatImageDetailLevel?);

    private static string Text(object? result) => result switch
    {
        null => "",
        string text => text,
        TextContent content => content.Text,
        _ => JsonSerializer.Serialize(result, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(object))),
    };
}
