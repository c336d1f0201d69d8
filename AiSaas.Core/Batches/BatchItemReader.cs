using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using AiSaas.Core.Gateway.Responses;
using AiSaas.Llm.Wire;

namespace AiSaas.Core.Batches;

/// <summary>Reads one item: <c>{prompt|messages, model?, customId?, maxTokens?, temperature?}</c>, or a line of OpenAI's batch format,
/// <c>{custom_id, method, url, body}</c>.</summary>
/// <remarks>A body goes on as it came. What a provider thinks of it shows when it is asked; what no provider could answer in a batch
/// is refused here.</remarks>
internal static class BatchItemReader
{
    public const int LongestId = 512;

    /// <param name="json">The whole item and nothing else.</param>
    /// <exception cref="WireException">It is none.</exception>
    public static BatchItem Read(ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span))
        {
            throw new WireException("It is not valid UTF-8.");
        }

        try
        {
            Members members = new();
            Utf8JsonReader reader = new(json.Span);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new WireException("It must be a JSON object.");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                members.Read(ref reader, json);
            }

            return reader.Read() ? throw new WireException("There is more after the JSON object.") : members.Item();
        }
        catch (JsonException fault)
        {
            throw new WireException(string.Create(CultureInfo.InvariantCulture, $"It is no valid JSON (byte {fault.BytePositionInLine})."));
        }
        catch (InvalidOperationException)
        {
            // The platform's reader throws so at half of a surrogate pair.
            throw new WireException("It holds half a character: an escape like \\ud83d without its other half.");
        }
    }

    private struct Members
    {
        private string? _customId;
        private string? _method;
        private string? _url;
        private string? _model;
        private ReadOnlyMemory<byte> _body;
        private ReadOnlyMemory<byte> _prompt;
        private ReadOnlyMemory<byte> _messages;
        private ReadOnlyMemory<byte> _temperature;
        private long? _maxTokens;

        public void Read(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
        {
            string name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "custom_id" or "customId":
                    _customId = Id(Text(reader, name) ?? throw new WireException($"{name} must be a string.", name), name);
                    break;
                case "method":
                    _method = Text(reader, name);
                    break;
                case "url":
                    _url = Text(reader, name);
                    break;
                case "model":
                    _model = Text(reader, name);
                    break;
                case "body":
                    _body = Slice(ref reader, json, JsonTokenType.StartObject, "body must be a JSON object.", name);
                    break;
                case "prompt":
                    _prompt = Slice(ref reader, json, JsonTokenType.String, "prompt must be a string.", name);
                    break;
                case "messages":
                    _messages = Slice(ref reader, json, JsonTokenType.StartArray, "messages must be an array.", name);
                    break;
                case "temperature" when reader.TokenType != JsonTokenType.Null:
                    _temperature = Slice(ref reader, json, JsonTokenType.Number, "temperature must be a number.", name);
                    break;
                case "maxTokens" or "max_tokens" when reader.TokenType != JsonTokenType.Null:
                    _maxTokens = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long most) && most > 0
                        ? most
                        : throw new WireException($"{name} must be a whole number above 0.", name);
                    break;
                case "temperature" or "maxTokens" or "max_tokens":
                    break;
                default:
                    throw new WireException(
                        $"An item has no member '{Short(name)}'. It is {{prompt or messages, model, customId, maxTokens, temperature}} or {{custom_id, method, url, body}}.", Short(name));
            }
        }

        public readonly BatchItem Item() => _body.IsEmpty ? Prompt() : Line();

        private readonly BatchItem Line()
        {
            if (!_prompt.IsEmpty || !_messages.IsEmpty || _maxTokens is not null || !_temperature.IsEmpty || _model is not null)
            {
                throw new WireException("Beside body there can be custom_id, method and url alone; put the rest into body.", "body");
            }

            if (_method is not (null or "POST"))
            {
                throw new WireException("method must be POST.", "method");
            }

            return BatchUrls.TryParse(_url, out var api)
                ? new(_customId, api, _body, BodyModel(_body.Span, api))
                : throw new WireException($"url must be one of {BatchUrls.Known}.", "url");
        }

        private readonly BatchItem Prompt()
        {
            if (_prompt.IsEmpty == _messages.IsEmpty)
            {
                throw new WireException("It needs a prompt, messages, or a body with its url: one of them.");
            }

            if (_method is not null || _url is not null)
            {
                throw new WireException("method and url belong to a body, and there is none.", "body");
            }

            ArrayBufferWriter<byte> output = new(_prompt.Length + _messages.Length + 128);
            using Utf8JsonWriter writer = new(output, ResponseRequest.Writing);
            writer.WriteStartObject();
            if (_model is not null)
            {
                writer.WriteString("model"u8, _model);
            }

            writer.WritePropertyName("messages"u8);
            if (_prompt.IsEmpty)
            {
                writer.WriteRawValue(_messages.Span, skipInputValidation: true);
            }
            else
            {
                writer.WriteStartArray();
                writer.WriteStartObject();
                writer.WriteString("role"u8, "user"u8);
                writer.WritePropertyName("content"u8);
                writer.WriteRawValue(_prompt.Span, skipInputValidation: true);
                writer.WriteEndObject();
                writer.WriteEndArray();
            }

            if (_maxTokens is { } most)
            {
                writer.WriteNumber("max_tokens"u8, most);
            }

            if (!_temperature.IsEmpty)
            {
                writer.WritePropertyName("temperature"u8);
                writer.WriteRawValue(_temperature.Span, skipInputValidation: true);
            }

            writer.WriteEndObject();
            writer.Flush();
            return new(_customId, WireApi.ChatCompletions, output.WrittenMemory, _model);
        }

        // Nobody reads a batch's answer while it is made.
        private static string? BodyModel(ReadOnlySpan<byte> body, WireApi api)
        {
            string? model = null;
            Utf8JsonReader reader = new(body);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isModel = reader.ValueTextEquals("model"u8);
                bool isStream = reader.ValueTextEquals("stream"u8);
                bool isBackground = api == WireApi.Responses && reader.ValueTextEquals("background"u8);
                reader.Read();
                if (isModel)
                {
                    model = reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: > 0 } named && model is null
                        ? named
                        : throw new WireException("model must be named once, as a string.", "body.model");
                }
                else if ((isStream || isBackground) && reader.TokenType == JsonTokenType.True)
                {
                    throw new WireException(
                        isStream ? "A batch's answers can't be streamed." : "A batch is in the background as it is.", isStream ? "body.stream" : "body.background");
                }

                reader.Skip();
            }

            return model;
        }

        private static string? Text(in Utf8JsonReader reader, string name) => reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Null => null,
            _ => throw new WireException($"{name} must be a string.", name),
        };

        private static string Id(string id, string name) =>
            id.Length is >= 1 and <= LongestId && !id.Any(char.IsControl)
                ? id
                : throw new WireException($"{name} has 1 to {LongestId} characters, none of them a control character.", name);

        private static ReadOnlyMemory<byte> Slice(
            ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, JsonTokenType expected, string otherwise, string name)
        {
            if (reader.TokenType != expected)
            {
                throw new WireException(otherwise, name);
            }

            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            var slice = json[start..(int)reader.BytesConsumed];
            return slice.Length > 2 || expected is JsonTokenType.Number or JsonTokenType.StartObject ? slice : throw new WireException($"{name} is empty.", name);
        }

        private static string Short(string name) => name.Length > 50 ? name[..50] + "…" : name;
    }
}
