using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiSaas.Core.Tenancy;

/// <summary>An id of one kind of thing: a UUIDv7 in a type of its own, so that a document's id can't be passed as a user's.</summary>
public interface IId<TSelf> : IId
    where TSelf : struct, IId<TSelf>
{
    static abstract TSelf From(Guid value);
}

/// <inheritdoc cref="IId{TSelf}"/>
public interface IId
{
    Guid Value { get; }
}

/// <summary>What all id types share.</summary>
public static class Id
{
    public static bool TryParse<TId>(string? text, out TId id)
        where TId : struct, IId<TId>
    {
        bool parsed = Guid.TryParseExact(text, "D", out Guid value);
        id = TId.From(value);
        return parsed;
    }

    /// <summary>The UUID in its own text form, as it goes over the wire and into keys.</summary>
    public static string Text(Guid value) => value.ToString("D");
}

/// <summary>Writes an id as its UUID.</summary>
public sealed class IdJsonConverter<TId> : JsonConverter<TId>
    where TId : struct, IId<TId>
{
    public override TId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TId.From(reader.GetGuid());

    public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}
