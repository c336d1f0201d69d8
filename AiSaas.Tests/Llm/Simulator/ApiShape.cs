using System.Text.Json;

namespace AiSaas.Tests.Llm.Simulator;

/// <summary>An API's way of writing answers, streams and errors.</summary>
internal abstract class ApiShape
{
    public abstract string Whole(Script script, JsonElement request);

    public abstract IEnumerable<string> Frames(Script script, JsonElement request);

    public abstract string Error(string code, string message);

    /// <summary>The error as an event in the middle of a stream.</summary>
    public abstract string ErrorFrame(string code, string message);

    protected static string Json(object value) => JsonSerializer.Serialize(value);

    protected static JsonElement? Property(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    protected static bool IsTrue(JsonElement of, string name) => Property(of, name) is { ValueKind: JsonValueKind.True };

    protected static JsonElement? LastMessage(JsonElement request) =>
        Property(request, "messages") is { ValueKind: JsonValueKind.Array } messages && messages.GetArrayLength() > 0
            ? messages[messages.GetArrayLength() - 1]
            : null;
}
