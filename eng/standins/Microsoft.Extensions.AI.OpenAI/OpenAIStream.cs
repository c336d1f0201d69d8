using System.Text;
using OpenAI.Chat;

namespace Microsoft.Extensions.AI;

/// <summary>Turns the parts of one streamed answer into updates; gathers tool calls, whose arguments come in pieces.</summary>
internal sealed class OpenAIStream
{
    private sealed class PendingCall
    {
        public string? Id { get; set; }

        public string? Name { get; set; }

        public StringBuilder Arguments { get; } = new();
    }

    private readonly SortedDictionary<int, PendingCall> _calls = [];
    private ChatRole? _role;
    private ChatFinishReason? _reason;
    private string? _id;
    private string? _model;
    private DateTimeOffset? _createdAt;

    public ChatResponseUpdate Convert(StreamingChatCompletionUpdate part)
    {
        _role ??= part.Role is { } role ? OpenAIAnswers.Role(role) : null;
        _reason ??= part.FinishReason is { } reason ? OpenAIAnswers.Reason(reason) : null;
        _id ??= part.CompletionId;
        _model ??= part.Model;
        _createdAt ??= part.CreatedAt;
        foreach (var piece in part.ToolCallUpdates)
        {
            Gather(piece);
        }

        var update = Update(part);
        update.Contents = [.. part.ContentUpdate.Select(OpenAIAnswers.Content).OfType<AIContent>()];
        if (part.RefusalUpdate is { } refusal)
        {
            update.Contents.Add(new ErrorContent(refusal) { ErrorCode = "Refusal", RawRepresentation = part });
        }

        if (part.Usage is { } usage)
        {
            update.Contents.Add(new UsageContent(OpenAIAnswers.Usage(usage)) { RawRepresentation = usage });
        }

        return update;
    }

    /// <summary>All calls of the finished stream in one update, or null if the model called nothing.</summary>
    public ChatResponseUpdate? ToolCalls()
    {
        if (_calls.Count == 0)
        {
            return null;
        }

        var update = Update(null);
        foreach (var call in _calls.Values.Where(call => !string.IsNullOrWhiteSpace(call.Name)))
        {
            update.Contents.Add(OpenAIAnswers.Call(call.Id ?? "", call.Name!, call.Arguments.ToString(), null));
        }

        return update;
    }

    private void Gather(StreamingChatToolCallUpdate piece)
    {
        if (!_calls.TryGetValue(piece.Index, out var call))
        {
            _calls[piece.Index] = call = new();
        }

        call.Id ??= piece.ToolCallId;
        call.Name ??= piece.FunctionName;
        call.Arguments.Append(piece.FunctionArgumentsUpdate);
    }

    private ChatResponseUpdate Update(StreamingChatCompletionUpdate? part) => new()
    {
        Role = _role,
        ResponseId = _id,
        MessageId = _id,
        ModelId = _model,
        CreatedAt = _createdAt,
        FinishReason = _reason,
        RawRepresentation = part,
    };
}
