using System.Buffers;
using System.Text.Json;
using AiSaas.Core.Gateway.Responses;

namespace AiSaas.Core.Batches;

/// <summary>Files and batches as OpenAI's API shows them.</summary>
public static class BatchFileViews
{
    public static ReadOnlyMemory<byte> Of(BatchFile file) => Write(json => Write(json, file));

    public static ReadOnlyMemory<byte> Of(FileBatch batch) => Write(json => Write(json, batch));

    public static ReadOnlyMemory<byte> Deleted(BatchFileId file) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("id"u8, WireIds.Of(file));
        json.WriteString("object"u8, "file"u8);
        json.WriteBoolean("deleted"u8, true);
        json.WriteEndObject();
    });

    /// <param name="found">One more than the page shows, if there is one.</param>
    /// <param name="limit">How many it shows.</param>
    public static ReadOnlyMemory<byte> Page(IReadOnlyList<BatchFile> found, int limit) =>
        Page(found, limit, file => WireIds.Of(file.Id), Write);

    /// <inheritdoc cref="Page(IReadOnlyList{BatchFile}, int)"/>
    public static ReadOnlyMemory<byte> Page(IReadOnlyList<FileBatch> found, int limit) =>
        Page(found, limit, batch => WireIds.Of(batch.Id), Write);

    private static ReadOnlyMemory<byte> Page<T>(IReadOnlyList<T> found, int limit, Func<T, string> id, Action<Utf8JsonWriter, T> write) => Write(json =>
    {
        T[] shown = [.. found.Take(limit)];
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (var one in shown)
        {
            write(json, one);
        }

        json.WriteEndArray();
        json.WriteString("first_id"u8, shown.Length > 0 ? id(shown[0]) : null);
        json.WriteString("last_id"u8, shown.Length > 0 ? id(shown[^1]) : null);
        json.WriteBoolean("has_more"u8, found.Count > limit);
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, BatchFile file)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, WireIds.Of(file.Id));
        json.WriteString("object"u8, "file"u8);
        json.WriteNumber("bytes"u8, file.Bytes);
        Time(json, "created_at", file.CreatedAt);
        Time(json, "expires_at", file.ExpiresAt);
        json.WriteString("filename"u8, file.Name);
        json.WriteString("purpose"u8, file.Purpose);
        json.WriteString("status"u8, "processed"u8);
        json.WriteNull("status_details"u8);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, FileBatch batch)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, WireIds.Of(batch.Id));
        json.WriteString("object"u8, "batch"u8);
        json.WriteString("endpoint"u8, batch.Endpoint);
        json.WritePropertyName("errors"u8);
        if (batch.Errors is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WritePropertyName("data"u8);
            json.WriteRawValue(batch.Errors, skipInputValidation: true);
            json.WriteEndObject();
        }

        json.WriteString("input_file_id"u8, WireIds.Of(batch.Input));
        json.WriteString("completion_window"u8, batch.Window);
        json.WriteString("status"u8, batch.Status);
        json.WriteString("output_file_id"u8, batch.Output is { } output ? WireIds.Of(output) : null);
        json.WriteString("error_file_id"u8, batch.ErrorFile is { } errors ? WireIds.Of(errors) : null);
        WriteTimes(json, batch);
        json.WriteStartObject("request_counts"u8);
        json.WriteNumber("total"u8, batch.Total);
        json.WriteNumber("completed"u8, batch.Succeeded);
        json.WriteNumber("failed"u8, batch.Failed);
        json.WriteEndObject();
        json.WritePropertyName("metadata"u8);
        json.WriteRawValue(batch.Metadata ?? "null", skipInputValidation: true);
        json.WriteEndObject();
    }

    private static void WriteTimes(Utf8JsonWriter json, FileBatch batch)
    {
        Time(json, "created_at", batch.CreatedAt);
        Time(json, "in_progress_at", batch.ReadAt);
        Time(json, "expires_at", batch.Deadline);
        Time(json, "finalizing_at", batch.Status is "completed" or "expired" ? batch.EndedAt : null);
        Time(json, "completed_at", batch.Status == "completed" ? batch.EndedAt : null);
        Time(json, "failed_at", batch.Status == "failed" ? batch.EndedAt : null);
        Time(json, "expired_at", batch.Status == "expired" ? batch.EndedAt : null);
        Time(json, "cancelling_at", batch.Status is "cancelling" or "cancelled" ? batch.EndedAt : null);
        Time(json, "cancelled_at", batch.Status == "cancelled" ? batch.EndedAt : null);
    }

    private static void Time(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known)
        {
            json.WriteNumber(name, known.ToUnixTimeSeconds());
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> output = new();
        using (Utf8JsonWriter json = new(output, ResponseRequest.Writing))
        {
            write(json);
        }

        return output.WrittenMemory;
    }
}
