using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AiSaas.Llm.Wire;

/// <summary>Writes a chat completion's chunks. What is the same in every chunk is made once, so a token costs a few copies.</summary>
/// <param name="id">Raw: without quotes, as JSON would have it between them.</param>
/// <param name="model">Likewise.</param>
/// <param name="created">Said in each chunk.</param>
/// <param name="withUsage">Whether the client asked for usage: then every chunk but the last says it is null.</param>
internal sealed class ChatChunks(ReadOnlySpan<byte> id, ReadOnlySpan<byte> model, DateTimeOffset created, bool withUsage)
{
    private readonly byte[] _head = Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"data: {{\"id\":\"{Encoding.UTF8.GetString(id)}\",\"object\":\"chat.completion.chunk\",\"created\":{created.ToUnixTimeSeconds()},\"model\":\"{Encoding.UTF8.GetString(model)}\",\"choices\":["));

    public void Role(IBufferWriter<byte> output)
    {
        Open(output);
        output.Write("\"role\":\"assistant\",\"content\":\"\""u8);
        Close(output);
    }

    /// <param name="member">Such as <c>content</c> or <c>reasoning_content</c>.</param>
    /// <param name="raw">JSON text, without quotes.</param>
    /// <param name="output">Takes the frame.</param>
    public void Text(ReadOnlySpan<byte> member, ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        Open(output);
        output.Write("\""u8);
        output.Write(member);
        output.Write("\":\""u8);
        output.Write(raw);
        output.Write("\""u8);
        Close(output);
    }

    public void ToolStart(int index, ReadOnlySpan<byte> id, ReadOnlySpan<byte> name, IBufferWriter<byte> output)
    {
        Tool(index, output);
        output.Write(",\"id\":\""u8);
        output.Write(id);
        output.Write("\",\"type\":\"function\",\"function\":{\"name\":\""u8);
        output.Write(name);
        output.Write("\",\"arguments\":\"\"}}]"u8);
        Close(output);
    }

    public void ToolArguments(int index, ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        Tool(index, output);
        output.Write(",\"function\":{\"arguments\":\""u8);
        output.Write(raw);
        output.Write("\"}}]"u8);
        Close(output);
    }

    public void Finish(ReadOnlySpan<byte> reason, IBufferWriter<byte> output)
    {
        Open(output);
        output.Write("},\"logprobs\":null,\"finish_reason\":\""u8);
        output.Write(reason);
        output.Write("\"}]"u8);
        End(output);
    }

    public void Usage(in TokenUsage usage, IBufferWriter<byte> output)
    {
        output.Write(_head);
        output.Write("],\"usage\":"u8);
        using (Utf8JsonWriter writer = new(output, WireJson.Writing))
        {
            ChatUsage.Write(writer, usage);
        }

        output.Write("}\n\n"u8);
    }

    public static void Done(IBufferWriter<byte> output) => output.Write("data: [DONE]\n\n"u8);

    private void Open(IBufferWriter<byte> output)
    {
        output.Write(_head);
        output.Write("{\"index\":0,\"delta\":{"u8);
    }

    private void Tool(int index, IBufferWriter<byte> output)
    {
        Open(output);
        output.Write("\"tool_calls\":[{\"index\":"u8);
        var span = output.GetSpan(11);
        index.TryFormat(span, out int written, provider: CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private void Close(IBufferWriter<byte> output)
    {
        output.Write("},\"logprobs\":null,\"finish_reason\":null}]"u8);
        End(output);
    }

    private void End(IBufferWriter<byte> output) => output.Write(withUsage ? ",\"usage\":null}\n\n"u8 : "}\n\n"u8);
}
