using System.Buffers;

namespace AiSaas.Llm.Wire;

/// <summary>Lets a client that speaks <see cref="Client"/> use a target that speaks <see cref="Target"/>. Stateless; bytes in, bytes out.</summary>
/// <remarks>Dialects chain: Responses over ChatCompletions over Messages.</remarks>
public interface IDialect
{
    WireApi Client { get; }

    WireApi Target { get; }

    /// <summary>Rewrites a client's request for the target.</summary>
    /// <param name="request">The client's body, valid JSON.</param>
    /// <param name="model">The model's name at the target.</param>
    /// <param name="output">Takes the target's body.</param>
    /// <exception cref="WireException">The request asks for what the target's API cannot say, or is malformed.</exception>
    void WriteRequest(ReadOnlyMemory<byte> request, string model, IBufferWriter<byte> output);

    /// <summary>Rewrites the target's whole answer (a 2xx body) for the client.</summary>
    /// <exception cref="WireException">It is not what the target's API promises.</exception>
    void WriteResponse(ReadOnlyMemory<byte> request, ReadOnlyMemory<byte> response, IBufferWriter<byte> output);

    /// <summary>Begins to rewrite a stream for the client that sent <paramref name="request"/>.</summary>
    IStreamTranslator TranslateStream(ReadOnlyMemory<byte> request);
}

/// <summary>Turns the target's server-sent events into the client's, as they come. One per stream; not thread-safe.</summary>
public interface IStreamTranslator
{
    /// <param name="name">The event's name; empty where the API gives none.</param>
    /// <param name="data">The event's data, without its field name and line end.</param>
    /// <param name="output">Takes whole frames (<c>event: …\ndata: …\n\n</c>) for the client; may get none.</param>
    /// <exception cref="WireException">It is not what the target's API promises.</exception>
    void Translate(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IBufferWriter<byte> output);

    /// <summary>The target's stream has ended well: writes what the client's API ends with (such as <c>data: [DONE]</c>).</summary>
    void Complete(IBufferWriter<byte> output);
}
