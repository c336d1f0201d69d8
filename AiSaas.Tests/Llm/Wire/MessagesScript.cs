using System.Text;
using System.Text.Json;

namespace AiSaas.Tests.Llm.Wire;

/// <summary>Plays an Anthropic stream of given blocks.</summary>
internal static class MessagesScript
{
    /// <param name="blocks">Kinds (<c>text</c>, <c>thinking</c>, <c>tool_use</c>) with their texts or inputs.</param>
    /// <param name="cut">Characters a delta; a pair of surrogates may be cut, as JSON allows.</param>
    public static string Stream(IReadOnlyList<(string Kind, string Said)> blocks, int cut)
    {
        StringBuilder stream = new();
        Event(new { type = "message_start", message = new { id = "msg_1", model = "m", usage = new { input_tokens = 1, output_tokens = 1 } } });
        for (int i = 0; i < blocks.Count; i++)
        {
            var (kind, said) = blocks[i];
            Event(new
            {
                type = "content_block_start",
                index = i,
                content_block = kind switch
                {
                    "text" => (object)new { type = kind, text = "" },
                    "thinking" => new { type = kind, thinking = "" },
                    _ => new { type = kind, id = $"t{i}", name = "f", input = new { } },
                },
            });
            foreach (char[] piece in said.Chunk(cut))
            {
                // Written by hand: the serializer would replace half a pair.
                string text = string.Concat(piece.Select(one => $"\\u{(int)one:x4}"));
                string delta = kind switch
                {
                    "text" => $"\"type\":\"text_delta\",\"text\":\"{text}\"",
                    "thinking" => $"\"type\":\"thinking_delta\",\"thinking\":\"{text}\"",
                    _ => $"\"type\":\"input_json_delta\",\"partial_json\":\"{text}\"",
                };
                stream.Append("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":").Append(i).Append(",\"delta\":{").Append(delta).Append("}}\n\n");
            }

            Event(new { type = "content_block_stop", index = i });
        }

        Event(new { type = "message_delta", delta = new { stop_reason = "end_turn" }, usage = new { output_tokens = 9 } });
        Event(new { type = "message_stop" });
        return stream.ToString();

        void Event(object data)
        {
            string json = JsonSerializer.Serialize(data);
            using var document = JsonDocument.Parse(json);
            stream.Append("event: ").Append(document.RootElement.GetProperty("type").GetString()).Append("\ndata: ").Append(json).Append("\n\n");
        }
    }
}
