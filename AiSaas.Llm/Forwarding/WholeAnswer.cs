using System.Globalization;
using System.Text.Json;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Errors;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Llm.Forwarding;

/// <summary>Sees whether a body that came with a 2xx is an answer.</summary>
internal static class WholeAnswer
{
    private const int BytesPerToken = 4;

    /// <returns>What it used, as the provider counted, else estimated from its length.</returns>
    /// <exception cref="ModelCallException">It is an error that calls itself a success, or no answer at all.</exception>
    public static TokenUsage Check(WireApi api, ReadOnlySpan<byte> body)
    {
        if (WireErrors.TryReadError(api, body, out var error))
        {
            int status = int.TryParse(error.Code, CultureInfo.InvariantCulture, out int number) && number is >= 400 and < 600 ? number : WireErrors.StatusOf(error.Type);
            throw new ModelCallException(status == 0
                ? new(ModelErrorClass.ServerError, null, $"The provider answered 200 with an error: {error.Message}")
                : ModelFailure.FromStatus(status, error.Message));
        }

        if (!IsAnswer(api, body))
        {
            throw new ModelCallException(new(ModelErrorClass.Malformed, null, "The answer is not what this API promises."));
        }

        return UsageReader.TryRead(api, body, out var usage) ? usage : new(0, body.Length / BytesPerToken, IsEstimated: true);
    }

    // Reads it all: a body cut off in the middle is no answer.
    private static bool IsAnswer(WireApi api, ReadOnlySpan<byte> body)
    {
        var expected = api switch
        {
            WireApi.ChatCompletions => "choices"u8,
            WireApi.Embeddings => "data"u8,
            WireApi.Messages => "content"u8,
            _ => "output"u8,
        };
        bool found = false;
        Utf8JsonReader json = new(body);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isIt = json.Is(expected);
                json.Read();
                found |= isIt && json.TokenType == JsonTokenType.StartArray;
                json.Skip();
            }

            return found && json.TokenType == JsonTokenType.EndObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
