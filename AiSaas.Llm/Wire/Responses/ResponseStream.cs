using System.Buffers;
using System.Text.Json;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>Chat chunks as the events of a Responses stream.</summary>
/// <remarks>
/// created, in_progress ─► per item: output_item.added [content_part.added, …text.delta, …text.done, content_part.done] output_item.done ─► completed
/// Thought and text follow one another: one ends where the other begins. Calls may come interleaved and end together with the answer.
/// The stream ends with its last event; this API has no <c>[DONE]</c>.
/// </remarks>
public sealed class ResponseStream : IStreamTranslator
{
    private readonly ResponseDraft _draft;
    private readonly ResponseFrames _frames = new();
    private readonly SortedDictionary<int, CallItem> _calls = [];
    private ReasoningItem? _thought;
    private MessageItem? _message;
    private bool _begun;
    private bool _ended;

    internal ResponseStream(ResponseDraft draft) => _draft = draft;

    public void Translate(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        if (_ended || data.IsEmpty || data.SequenceEqual("[DONE]"u8))
        {
            return;
        }

        var chunk = ChatChunk.Read(data, isFirst: !_begun);
        Begin(chunk.Created, chunk.Model, output);
        if (!chunk.Reasoning.IsEmpty)
        {
            Think(chunk.Reasoning, output);
        }

        if (!chunk.Content.IsEmpty)
        {
            Say(PartKind.Text, chunk.Content, chunk.Logprobs, output);
        }

        if (!chunk.Refusal.IsEmpty)
        {
            Say(PartKind.Refusal, chunk.Refusal, default, output);
        }

        if (!chunk.Annotations.IsEmpty)
        {
            Annotate(chunk.Annotations, output);
        }

        if (!chunk.ToolCalls.IsEmpty)
        {
            Call(chunk.ToolCalls, output);
        }

        if (chunk.HasUsage && UsageReader.TryRead(WireApi.ChatCompletions, data, out var usage))
        {
            _draft.Usage = usage;
        }

        _draft.FinishReason = chunk.FinishReason ?? _draft.FinishReason;
    }

    public void Complete(IBufferWriter<byte> output)
    {
        if (_ended)
        {
            return;
        }

        Begin(0, null, output);
        _ended = true;
        // Those that nothing has closed yet: the draft says whether the last one was cut off.
        OutputItem[] open = [.. _draft.Items.Where(item => item.IsOpen)];
        _draft.End();
        foreach (var item in open)
        {
            Finish(item, output);
        }

        _frames.Response($"response.{_draft.Status}", _draft, output);
    }

    /// <summary>The target broke off: ends the stream with <c>response.failed</c>. Afterwards nothing more is written.</summary>
    /// <param name="code">One of the API's: <c>server_error</c>, <c>rate_limit_exceeded</c>, …</param>
    /// <param name="message">For the caller; without secrets.</param>
    /// <param name="output">Takes the frames.</param>
    public void Fail(string code, string message, IBufferWriter<byte> output)
    {
        if (_ended)
        {
            return;
        }

        Begin(0, null, output);
        _ended = true;
        _draft.Fail(code, message);
        _frames.Response("response.failed", _draft, output);
    }

    private void Begin(long created, string? model, IBufferWriter<byte> output)
    {
        if (_begun)
        {
            return;
        }

        _begun = true;
        _draft.Introduce(created, model);
        _frames.Response("response.created", _draft, output);
        _frames.Response("response.in_progress", _draft, output);
    }

    private void Think(ReadOnlySpan<byte> delta, IBufferWriter<byte> output)
    {
        Close(ref _message, output);
        if (_thought is null)
        {
            _thought = _draft.Add(new ReasoningItem(_draft.Items.Count));
            _frames.Item("response.output_item.added", _thought, output);
            _frames.Part("response.content_part.added", _thought, 0, _thought.Thought, output);
        }

        _frames.Delta(_thought, 0, _thought.Thought, _thought.Thought.Text.Append(delta), default, output);
    }

    private void Say(PartKind kind, ReadOnlySpan<byte> delta, ReadOnlySpan<byte> logprobs, IBufferWriter<byte> output)
    {
        Close(ref _thought, output);
        if (_message is null)
        {
            _message = _draft.Add(new MessageItem(_draft.Items.Count));
            _frames.Item("response.output_item.added", _message, output);
        }

        var parts = _message.Parts;
        if (parts is not [.., var last] || last.Kind != kind)
        {
            if (parts.Count > 0)
            {
                FinishPart(_message, parts.Count - 1, output);
            }

            parts.Add(new ContentPart(kind));
            _frames.Part("response.content_part.added", _message, parts.Count - 1, parts[^1], output);
        }

        parts[^1].AddLogprobs(logprobs);
        _frames.Delta(_message, parts.Count - 1, parts[^1], parts[^1].Text.Append(delta), logprobs, output);
    }

    private void Annotate(ReadOnlySpan<byte> list, IBufferWriter<byte> output)
    {
        if (_message?.Parts is not [.., { Kind: PartKind.Text } part])
        {
            return;
        }

        Utf8JsonReader reader = new(list, WireJson.Reading);
        using var annotations = JsonDocument.ParseValue(ref reader);
        foreach (var annotation in annotations.RootElement.EnumerateArray())
        {
            if (part.AddAnnotation(annotation) is { } flat)
            {
                _frames.Annotation(_message, _message.Parts.Count - 1, part.Annotations - 1, flat, output);
            }
        }
    }

    private void Call(ReadOnlySpan<byte> list, IBufferWriter<byte> output)
    {
        Close(ref _thought, output);
        Close(ref _message, output);
        Utf8JsonReader reader = new(list, WireJson.Reading);
        using var calls = JsonDocument.ParseValue(ref reader);
        foreach (var delta in calls.RootElement.EnumerateArray())
        {
            var call = Find(delta);
            delta.TryGet("function"u8, out var function);
            call.Name = call.Name.Length > 0 ? call.Name : function.Text("name"u8) ?? "";
            var piece = function.TryGet("arguments"u8, out var arguments) ? ChatAnswer.Arguments(arguments) : default;
            if (call.Name.Length > 0 || !piece.IsEmpty)
            {
                Announce(call, output);
            }

            if (!piece.IsEmpty)
            {
                _frames.Arguments(call, call.Arguments.Append(piece), output);
            }
        }
    }

    // Calls are told apart by their index. Servers that leave it out, or always say 0, give each call an id.
    private CallItem Find(JsonElement delta)
    {
        string? id = delta.Text("id"u8);
        int index = delta.TryGet("index"u8, out _) ? (int)delta.Number("index"u8) : id is null ? Math.Max(0, _calls.Count - 1) : _calls.Count;
        if (_calls.TryGetValue(index, out var known) && (string.IsNullOrEmpty(id) || id == known.CallId))
        {
            return known;
        }

        // What a call of the same index had is settled in the draft; only its place is taken.
        return _calls[index] = _draft.Add(new CallItem(_draft.Items.Count, id));
    }

    private void Announce(CallItem call, IBufferWriter<byte> output)
    {
        if (!call.IsAnnounced)
        {
            call.IsAnnounced = true;
            _frames.Item("response.output_item.added", call, output);
        }
    }

    private void Close<T>(ref T? item, IBufferWriter<byte> output)
        where T : OutputItem
    {
        if (item is not null)
        {
            item.Status = "completed";
            Finish(item, output);
            item = null;
        }
    }

    private void Finish(OutputItem item, IBufferWriter<byte> output)
    {
        switch (item)
        {
            case MessageItem { Parts.Count: > 0 } message:
                FinishPart(message, message.Parts.Count - 1, output);
                break;
            case ReasoningItem thought:
                _frames.Delta(thought, 0, thought.Thought, thought.Thought.Text.Close(), default, output);
                _frames.TextDone(thought, 0, thought.Thought, output);
                _frames.Part("response.content_part.done", thought, 0, thought.Thought, output);
                break;
            case CallItem call:
                Announce(call, output);
                _frames.Arguments(call, call.Arguments.Close(), output);
                _frames.ArgumentsDone(call, output);
                break;
        }

        _frames.Item("response.output_item.done", item, output);
    }

    private void FinishPart(MessageItem message, int part, IBufferWriter<byte> output)
    {
        _frames.Delta(message, part, message.Parts[part], message.Parts[part].Text.Close(), default, output);
        _frames.TextDone(message, part, message.Parts[part], output);
        _frames.Part("response.content_part.done", message, part, message.Parts[part], output);
    }
}
