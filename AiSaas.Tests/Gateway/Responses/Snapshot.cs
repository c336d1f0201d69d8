using System.Text.Json.Nodes;

namespace AiSaas.Tests.Gateway.Responses;

/// <summary>What a client that only adds up events holds in the end: it must be what the last event says.</summary>
internal static class Snapshot
{
    public static JsonArray Of(IReadOnlyList<JsonNode> events)
    {
        JsonArray output = [];
        for (int i = 0; i < events.Count; i++)
        {
            Assert.Equal(i, (int)events[i]["sequence_number"]!);
        }

        foreach (var one in events)
        {
            int index = (int?)one["output_index"] ?? -1;
            string type = (string)one["type"]!;
            if (index >= 0 && type != "response.output_item.added")
            {
                string? id = (string?)one["item_id"] ?? (string?)one["item"]?["id"];
                Assert.Equal((string?)output[index]!["id"], id);
            }

            switch (type)
            {
                case "response.output_item.added":
                    Assert.Equal(output.Count, index);
                    Assert.Equal("in_progress", (string?)one["item"]!["status"]);
                    output.Add(one["item"]!.DeepClone());
                    break;
                case "response.content_part.added":
                    Content(output, index).Add(one["part"]!.DeepClone());
                    break;
                case "response.output_text.delta":
                    Add(Part(output, one), "text", one);
                    foreach (var token in one["logprobs"]!.AsArray())
                    {
                        Part(output, one)["logprobs"]!.AsArray().Add(token!.DeepClone());
                    }

                    break;
                case "response.reasoning_text.delta":
                    Add(Part(output, one), "text", one);
                    break;
                case "response.refusal.delta":
                    Add(Part(output, one), "refusal", one);
                    break;
                case "response.output_text.annotation.added":
                    Part(output, one)["annotations"]!.AsArray().Add(one["annotation"]!.DeepClone());
                    break;
                case "response.function_call_arguments.delta":
                    Add(output[index]!, "arguments", one);
                    break;
                case "response.output_text.done" or "response.reasoning_text.done":
                    Assert.Equal((string?)one["text"], (string?)Part(output, one)["text"]);
                    break;
                case "response.refusal.done":
                    Assert.Equal((string?)one["refusal"], (string?)Part(output, one)["refusal"]);
                    break;
                case "response.function_call_arguments.done":
                    Assert.Equal((string?)one["arguments"], (string?)output[index]!["arguments"]);
                    Assert.Equal((string?)one["name"], (string?)output[index]!["name"]);
                    break;
                case "response.content_part.done":
                    Assert.True(JsonNode.DeepEquals(one["part"], Part(output, one)), $"{one} is not {Part(output, one)}");
                    break;
                case "response.output_item.done":
                    output[index]!["status"] = (string?)one["item"]!["status"];
                    Assert.NotEqual("in_progress", (string?)one["item"]!["status"]);
                    Assert.True(JsonNode.DeepEquals(one["item"], output[index]), $"{one["item"]} is not {output[index]}");
                    break;
            }
        }

        return output;
    }

    private static JsonArray Content(JsonArray output, int index) => output[index]!["content"]!.AsArray();

    private static JsonNode Part(JsonArray output, JsonNode one) => Content(output, (int)one["output_index"]!)[(int)one["content_index"]!]!;

    private static void Add(JsonNode to, string member, JsonNode one) => to[member] = (string)to[member]! + (string)one["delta"]!;
}
