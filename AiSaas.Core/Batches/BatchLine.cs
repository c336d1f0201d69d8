using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Responses;
using AiSaas.Core.Jobs;

namespace AiSaas.Core.Batches;

/// <summary>A line of results in OpenAI's format: <c>{id, custom_id, response: {status_code, request_id, body}, error}</c>.</summary>
internal static class BatchLine
{
    private const int Deepest = 512;

    /// <summary>The id of a line, which <c>after</c> takes: <c>batch_req_{batch}_{ordinal}</c>.</summary>
    public static string Id(JobId batch, int ordinal) => string.Create(CultureInfo.InvariantCulture, $"batch_req_{batch.Value:n}_{ordinal}");

    /// <summary>The place that a line's id names, or a place itself.</summary>
    public static bool TryReadPlace(string? after, JobId batch, out int ordinal)
    {
        ordinal = -1;
        string own = $"batch_req_{batch.Value:n}_";
        string place = after?.StartsWith(own, StringComparison.Ordinal) is true ? after[own.Length..] : after ?? "";
        return place.Length == 0 || int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out ordinal);
    }

    /// <summary>An answer, or an error in place of one.</summary>
    public static byte[] Write(string id, string customId, int status, CallId call, ReadOnlySpan<byte> body)
    {
        ArrayBufferWriter<byte> output = new(body.Length + 256);
        using (Utf8JsonWriter writer = new(output, ResponseRequest.Writing))
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, id);
            writer.WriteString("custom_id"u8, customId);
            writer.WriteStartObject("response"u8);
            writer.WriteNumber("status_code"u8, status);
            writer.WriteString("request_id"u8, call.ToString());
            writer.WritePropertyName("body"u8);
            WriteBody(writer, body);
            writer.WriteEndObject();
            writer.WriteNull("error"u8);
            writer.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static void WriteBody(Utf8JsonWriter writer, ReadOnlySpan<byte> body)
    {
        if (!IsJson(body))
        {
            // Some providers answer faults in plain text.
            writer.WriteStringValue(Encoding.UTF8.GetString(body));
            return;
        }

        // Inside a JSON string a line break is always escaped: those there are stand between values.
        byte[]? oneLine = body.IndexOfAny((byte)'\n', (byte)'\r') < 0 ? null : body.ToArray();
        if (oneLine is not null)
        {
            oneLine.AsSpan().Replace((byte)'\n', (byte)' ');
            oneLine.AsSpan().Replace((byte)'\r', (byte)' ');
        }

        writer.WriteRawValue(oneLine ?? body, skipInputValidation: true);
    }

    private static bool IsJson(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            return false;
        }

        try
        {
            Utf8JsonReader reader = new(body, new JsonReaderOptions { MaxDepth = Deepest });
            bool any = false;
            while (reader.Read())
            {
                any = true;
            }

            return any;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
