using System.Buffers;
using System.Text;
using System.Text.Json;
using AiSaas.Llm.Wire.Errors;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Llm.Wire.Anthropic.FromChat;

/// <summary>Anthropic's events → chat completion chunks.</summary>
/// <remarks>An <c>error</c> event, and an end before <c>message_stop</c>, are exceptions: what to tell the client is the caller's to say.</remarks>
internal sealed class ChunkStream(bool includesUsage, DateTimeOffset now) : IStreamTranslator
{
    /// <summary>Far above what a model calls in one turn.</summary>
    private const int MaxBlocks = 4_096;

    private readonly Dictionary<int, Block> _blocks = [];
    private UsageMeter _usage = new(WireApi.Messages);
    private ChatChunks? _chunks;
    private int _tools;
    private bool _answersByTool, _callsTool, _finished, _stopped;

    private enum BlockKind
    {
        Other,
        Tool,

        /// <summary>The tool whose input is the answer itself.</summary>
        Answer,
    }

    private readonly record struct Block(BlockKind Kind, int Tool, bool HasInput);

    public void Translate(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        var found = MessagesEvent.Read(data);
        var type = found.Type.IsEmpty ? name : found.Type;
        if (type.SequenceEqual("content_block_delta"u8))
        {
            Delta(found, output);
        }
        else if (type.SequenceEqual("content_block_start"u8))
        {
            Start(found, output);
        }
        else if (type.SequenceEqual("content_block_stop"u8))
        {
            // A tool without arguments still needs an object for a client to parse.
            if (_blocks.TryGetValue(found.Index, out var block) && !block.HasInput)
            {
                Arguments(block, "{}"u8, output);
            }
        }
        else if (type.SequenceEqual("message_start"u8))
        {
            _usage.Observe(data);
            var id = found.Id.StartsWith("msg_"u8) ? found.Id[4..] : found.Id;
            _chunks = new([.. "chatcmpl-"u8, .. id], found.Model, now, includesUsage);
            _chunks.Role(output);
        }
        else if (type.SequenceEqual("message_delta"u8))
        {
            _usage.Observe(data);
            if (!found.StopReason.IsEmpty && !_finished)
            {
                _finished = true;
                Finish(found, output);
            }
        }
        else if (type.SequenceEqual("message_stop"u8))
        {
            _stopped = true;
            if (includesUsage && _usage.Usage is { } usage)
            {
                Chunks.Usage(usage, output);
            }
        }
        else if (type.SequenceEqual("error"u8))
        {
            throw new WireException(WireErrors.ReadError(data).Message);
        }
    }

    public void Complete(IBufferWriter<byte> output)
    {
        if (!_stopped || !_finished)
        {
            throw new WireException("The provider's stream ended before its end.");
        }

        ChatChunks.Done(output);
    }

    private ChatChunks Chunks => _chunks ?? throw new WireException("The provider's stream does not begin with message_start.");

    private void Start(in MessagesEvent found, IBufferWriter<byte> output)
    {
        if (found.InnerType.SequenceEqual("tool_use"u8))
        {
            bool answers = found.Name.SequenceEqual(Encoding.UTF8.GetBytes(ChatOverMessages.JsonTool));
            if (_blocks.Count == MaxBlocks)
            {
                throw new WireException($"The provider's stream calls more than {MaxBlocks} tools.");
            }

            Block block = new(answers ? BlockKind.Answer : BlockKind.Tool, answers ? 0 : _tools++, HasInput: false);
            _blocks[found.Index] = block;
            _answersByTool |= answers;
            _callsTool |= !answers;
            if (!answers)
            {
                Chunks.ToolStart(block.Tool, found.Id, found.Name, output);
            }

            // Some compatible servers send the whole input at once.
            if (!found.Input.IsEmpty && !IsEmptyObject(found.Input))
            {
                Arguments(block, JsonEncodedText.Encode(found.Input, WireJson.Writing.Encoder).EncodedUtf8Bytes, output);
                _blocks[found.Index] = block with { HasInput = true };
            }
        }
        else if (!found.Text.IsEmpty)
        {
            Chunks.Text(found.InnerType.SequenceEqual("thinking"u8) ? "reasoning_content"u8 : "content"u8, found.Text, output);
        }
    }

    private void Delta(in MessagesEvent found, IBufferWriter<byte> output)
    {
        if (found.Text.IsEmpty)
        {
            return;
        }

        if (found.InnerType.SequenceEqual("text_delta"u8))
        {
            Chunks.Text("content"u8, found.Text, output);
        }
        else if (found.InnerType.SequenceEqual("thinking_delta"u8))
        {
            Chunks.Text("reasoning_content"u8, found.Text, output);
        }
        else if (found.InnerType.SequenceEqual("input_json_delta"u8) && _blocks.TryGetValue(found.Index, out var block))
        {
            Arguments(block, found.Text, output);
            if (!block.HasInput)
            {
                _blocks[found.Index] = block with { HasInput = true };
            }
        }
    }

    private void Arguments(Block block, ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        if (block.Kind == BlockKind.Answer)
        {
            Chunks.Text("content"u8, raw, output);
        }
        else
        {
            Chunks.ToolArguments(block.Tool, raw, output);
        }
    }

    private void Finish(in MessagesEvent found, IBufferWriter<byte> output)
    {
        if (!found.Explanation.IsEmpty)
        {
            Chunks.Text("refusal"u8, found.Explanation, output);
        }

        var reason = StopReasons.ToChat(found.StopReason);
        Chunks.Finish(_answersByTool && !_callsTool && reason.SequenceEqual("tool_calls"u8) ? "stop"u8 : reason, output);
    }

    private static bool IsEmptyObject(ReadOnlySpan<byte> json) => json.Length < 3 || json[1..^1].Trim(" \t\r\n"u8).IsEmpty;
}
