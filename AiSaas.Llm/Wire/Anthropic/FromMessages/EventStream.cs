using System.Buffers;
using System.Text;
using System.Text.Json;
using AiSaas.Llm.Wire.Errors;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>Chat completion chunks → Anthropic's events.</summary>
/// <remarks>
/// Anthropic sends one block after the other; a chat stream may mix them. So blocks stand in a queue: the first goes out as it comes, those
/// behind it wait until it is done (<see cref="OutBlock.MayClose"/>), and what is left goes out at the end. Tools that come one after the
/// other, as they nearly always do, stream without waiting.
/// </remarks>
/// <param name="inputEstimate">Tokens of the request, for a provider that tells none.</param>
internal sealed class EventStream(long inputEstimate) : IStreamTranslator
{
    private const int MaxWaiting = 16 * 1024 * 1024, MaxBlocks = 4_096;

    private readonly Queue<OutBlock> _queue = [];
    private readonly Dictionary<int, OutBlock> _tools = [];
    private OutBlock? _last;
    private UsageMeter _usage = new(WireApi.ChatCompletions);
    private byte[] _finish = [], _stop = [];
    private int _index, _blocks, _waiting;
    private long _sevenths;
    private bool _started, _done, _refuses;

    public void Translate(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        if (data.SequenceEqual("[DONE]"u8))
        {
            _done = true;
            return;
        }

        if (WireErrors.TryReadError(WireApi.ChatCompletions, data, out var error))
        {
            throw new WireException(error.Message);
        }

        var chunk = ChatChunk.Read(data);
        _usage.Observe(data);
        if (!chunk.HasChoice)
        {
            return;
        }

        Start(chunk.Id, chunk.Model, output);
        Text(OutKind.Thinking, chunk.Reasoning, output);
        Text(OutKind.Text, chunk.Content, output);
        _refuses |= !chunk.Refusal.IsEmpty;
        Text(OutKind.Text, chunk.Refusal, output);
        if (!chunk.ToolCalls.IsEmpty)
        {
            Utf8JsonReader reader = new(chunk.ToolCalls, WireJson.Reading);
            for (var call = ToolCallDelta.Read(ref reader); call.Exists; call = ToolCallDelta.Read(ref reader))
            {
                Tool(call, output);
            }
        }

        if (!chunk.FinishReason.IsEmpty && _finish.Length == 0)
        {
            _finish = chunk.FinishReason.ToArray();
            _stop = chunk.Stop.ToArray();
        }
    }

    public void Complete(IBufferWriter<byte> output)
    {
        if (_finish.Length == 0 && !_done)
        {
            throw new WireException("The provider's stream ended before its end.");
        }

        Start([], [], output);
        while (_queue.Count > 0)
        {
            Open(_queue.Peek(), output);
            Close(output);
        }

        var usage = _usage.Usage ?? new(inputEstimate, (_sevenths + 6) / 7, IsEstimated: true);
        MessageEvents.End(StopReasons.ToMessages(StopReasons.ToMessages(_finish), _tools.Count > 0, _refuses, _stop.Length > 0), _stop, usage, output);
    }

    private void Start(ReadOnlySpan<byte> id, ReadOnlySpan<byte> model, IBufferWriter<byte> output)
    {
        if (!_started)
        {
            _started = true;
            MessageEvents.Start(MessageIds.Of(id), model, output);
        }
    }

    private void Text(OutKind kind, ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        if (!raw.IsEmpty)
        {
            Append(_last?.Kind == kind ? _last : Add(new(kind), output), raw, output);
        }
    }

    private void Tool(in ToolCallDelta call, IBufferWriter<byte> output)
    {
        // Some servers give every call the index 0 and tell them apart by their ids only.
        if (!_tools.TryGetValue(call.Index, out var block) || (!call.Id.IsEmpty && !call.Id.SequenceEqual(block.Id)))
        {
            block = new(OutKind.Tool) { Id = call.Id.IsEmpty ? Encoding.UTF8.GetBytes($"toolu_{_blocks}") : call.Id.ToArray() };
            _tools[call.Index] = block;
            block.Name = call.Name.ToArray();
            Add(block, output);
        }
        else if (block.Name.Length == 0 && !call.Name.IsEmpty)
        {
            block.Name = call.Name.ToArray();
            Advance(output);
        }

        if (!call.Arguments.IsEmpty)
        {
            Append(block, call.Arguments, output);
        }
    }

    private OutBlock Add(OutBlock block, IBufferWriter<byte> output)
    {
        if (++_blocks > MaxBlocks)
        {
            throw new WireException($"The provider's stream holds more than {MaxBlocks} blocks.");
        }

        _queue.Enqueue(block);
        _last = block;
        Advance(output);
        return block;
    }

    private void Append(OutBlock block, ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        _sevenths += TokenCount.Sevenths(raw);
        block.HasContent = true;
        if (block.Kind == OutKind.Tool)
        {
            block.End.Read(raw);
        }

        if (block.IsOpen)
        {
            MessageEvents.Delta(_index, block.Kind, raw, output);
            Advance(output);
            return;
        }

        _waiting += raw.Length;
        if (_waiting > MaxWaiting)
        {
            throw new WireException($"The provider's stream mixes more than {MaxWaiting} bytes of blocks.");
        }

        (block.Waiting ??= new()).Write(raw);
    }

    /// <summary>Closes blocks that are done and have others behind them, and opens the one whose turn it is.</summary>
    private void Advance(IBufferWriter<byte> output)
    {
        while (_queue.TryPeek(out var head))
        {
            if (!head.IsOpen)
            {
                if (!head.MayOpen)
                {
                    return;
                }

                Open(head, output);
            }

            if (_queue.Count == 1 || !head.MayClose)
            {
                return;
            }

            Close(output);
        }
    }

    private void Open(OutBlock block, IBufferWriter<byte> output)
    {
        if (block.IsOpen)
        {
            return;
        }

        block.IsOpen = true;
        MessageEvents.Open(_index, block, output);
        if (block.Waiting is { } waiting)
        {
            _waiting -= waiting.WrittenCount;
            MessageEvents.Delta(_index, block.Kind, waiting.WrittenSpan, output);
            block.Waiting = null;
        }
    }

    private void Close(IBufferWriter<byte> output)
    {
        var block = _queue.Dequeue();
        if (block.Kind == OutKind.Tool && !block.HasContent)
        {
            MessageEvents.Delta(_index, OutKind.Tool, "{}"u8, output);
        }

        MessageEvents.Close(_index++, output);
        if (block == _last)
        {
            _last = null;
        }
    }
}
