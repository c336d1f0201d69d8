namespace AiSaas.Llm.Wire.Errors;

/// <summary>What an API's error says, whatever its shape.</summary>
/// <param name="Message">In words, at most <see cref="ErrorReader.MaxMessage"/> characters.</param>
/// <param name="Code">A name a program can go by, such as <c>context_length_exceeded</c>; null where there is none.</param>
/// <param name="Type">The API's own class of error, such as <c>overloaded_error</c>; null where there is none.</param>
public readonly record struct WireError(string Message, string? Code, string? Type);
