using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>A response being made.</summary>
internal sealed class ResponseDraft(ResponseEcho echo, TimeProvider clock, string? id = null)
{
    private readonly List<OutputItem> _items = [];
    private long? _createdAt;
    private long? _completedAt;
    private string? _model;
    private (string Code, string Message)? _error;

    public string Id { get; } = id ?? OutputItem.NewId("resp");

    /// <summary>queued, in_progress, completed, incomplete, failed or cancelled.</summary>
    public string Status { get; private set; } = "in_progress";

    public IReadOnlyList<OutputItem> Items => _items;

    /// <summary>Chat's reason.</summary>
    public string? FinishReason { get; set; }

    public TokenUsage? Usage { get; set; }

    /// <summary>What the target says of itself; the first word counts.</summary>
    public void Introduce(long created, string? model)
    {
        _createdAt ??= created > 0 ? created : Now;
        _model ??= string.IsNullOrEmpty(model) ? echo.Model : model;
    }

    public T Add<T>(T item)
        where T : OutputItem
    {
        _items.Add(item);
        return item;
    }

    /// <summary>Nothing more comes: what the target's reason means here.</summary>
    public void End()
    {
        Status = FinishReason is "length" or "content_filter" ? "incomplete" : "completed";
        _completedAt = Status == "completed" ? Now : null;
        foreach (var item in _items)
        {
            if (item.IsOpen)
            {
                // What was cut off is the last one; the target finished those before it.
                item.Status = Status == "incomplete" && item.Index == _items.Count - 1 ? "incomplete" : "completed";
            }
        }
    }

    public void Stand(string status, (string Code, string Message)? error) => (Status, _error) = (status, error);

    public void Fail(string code, string message)
    {
        Stand("failed", (code, message));
        foreach (var item in _items)
        {
            item.Status = item.IsOpen ? "incomplete" : item.Status;
        }
    }

    public void Write(Utf8JsonWriter writer)
    {
        Introduce(0, null);
        writer.WriteStartObject();
        writer.WriteString("id"u8, Id);
        writer.WriteString("object"u8, "response"u8);
        writer.WriteNumber("created_at"u8, _createdAt!.Value);
        writer.WriteString("status"u8, Status);
        WriteEnd(writer);
        writer.WriteString("model"u8, _model);
        writer.WriteStartArray("output"u8);
        foreach (var item in _items)
        {
            item.Write(writer);
        }

        writer.WriteEndArray();
        echo.Write(writer);
        WriteUsage(writer);
        writer.WriteEndObject();
    }

    private long Now => clock.GetUtcNow().ToUnixTimeSeconds();

    private void WriteEnd(Utf8JsonWriter writer)
    {
        if (_completedAt is { } completed)
        {
            writer.WriteNumber("completed_at"u8, completed);
        }
        else
        {
            writer.WriteNull("completed_at"u8);
        }

        if (_error is { } error)
        {
            writer.WriteStartObject("error"u8);
            writer.WriteString("code"u8, error.Code);
            writer.WriteString("message"u8, error.Message);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNull("error"u8);
        }

        if (Status == "incomplete")
        {
            writer.WriteStartObject("incomplete_details"u8);
            writer.WriteString("reason"u8, FinishReason == "length" ? "max_output_tokens"u8 : "content_filter"u8);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNull("incomplete_details"u8);
        }
    }

    private void WriteUsage(Utf8JsonWriter writer)
    {
        if (Usage is not { } usage)
        {
            writer.WriteNull("usage"u8);
            return;
        }

        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("input_tokens"u8, usage.Input);
        writer.WriteStartObject("input_tokens_details"u8);
        writer.WriteNumber("cached_tokens"u8, usage.CachedInput);
        writer.WriteEndObject();
        writer.WriteNumber("output_tokens"u8, usage.Output);
        writer.WriteStartObject("output_tokens_details"u8);
        writer.WriteNumber("reasoning_tokens"u8, usage.Reasoning);
        writer.WriteEndObject();
        writer.WriteNumber("total_tokens"u8, usage.Total);
        writer.WriteEndObject();
    }
}
