using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace AiSaas.Core.Batches;

/// <summary>Reads <c>{kind, items: […], …}</c> as it arrives; its members may come in any order.</summary>
/// <remarks><code>
///  1  a piece of the body comes          {"kind":"batch","items":[{"prompt":"a"},{"pro
///  2  whatever is whole is taken         ─────────────────────────────────────────┘
///  3  the rest waits for the next piece                                            mpt":"b"}],"model":"m"}
/// </code></remarks>
internal sealed class BatchJson(BatchDraft draft, int maxItemBytes)
{
    private JsonReaderState _state;
    private Place _place = Place.Start;

    private enum Place
    {
        Start,
        Members,
        Items,
        End,
    }

    /// <exception cref="BatchFaultException">It can't be taken.</exception>
    public async Task ReadAsync(Stream content, CancellationToken cancellation)
    {
        var input = PipeReader.Create(content, new(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(cancellation);
                var rest = Take(read.Buffer, read.IsCompleted);
                await draft.Spool.SpillAsync(cancellation);
                if (rest.Length > maxItemBytes)
                {
                    throw draft.TooLarge(null);
                }

                if (read.IsCompleted)
                {
                    if (_place != Place.End)
                    {
                        throw BatchFaultException.Invalid("The body breaks off.");
                    }

                    return;
                }

                input.AdvanceTo(rest.Start, rest.End);
            }
        }
        finally
        {
            await input.CompleteAsync();
        }
    }

    private ReadOnlySequence<byte> Take(ReadOnlySequence<byte> buffer, bool isLast)
    {
        try
        {
            Utf8JsonReader reader = new(buffer, isLast, _state);
            var taken = buffer.Start;
            var state = _state;
            while (Step(ref reader, buffer))
            {
                taken = reader.Position;
                state = reader.CurrentState;
            }

            _state = state;
            return buffer.Slice(taken);
        }
        catch (JsonException fault)
        {
            throw BatchFaultException.Invalid(string.Create(
                CultureInfo.InvariantCulture, $"The body is no valid JSON (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine}); {draft.Count} items were read."));
        }
        catch (InvalidOperationException)
        {
            throw BatchFaultException.Invalid("The body holds text that is not valid UTF-8, or half a character: an escape like \\ud83d without its other half.");
        }
    }

    // False where what comes next is not whole yet.
    private bool Step(ref Utf8JsonReader reader, in ReadOnlySequence<byte> buffer)
    {
        if (!reader.Read())
        {
            return false;
        }

        switch (_place)
        {
            case Place.Start when reader.TokenType == JsonTokenType.StartObject:
                _place = Place.Members;
                return true;

            case Place.Start:
                throw BatchFaultException.Invalid("The body must be a JSON object.");

            case Place.Items when reader.TokenType == JsonTokenType.EndArray:
                _place = Place.Members;
                return true;

            case Place.Items:
                return Item(ref reader, buffer);

            case Place.Members when reader.TokenType == JsonTokenType.EndObject:
                _place = Place.End;
                return true;

            default:
                return Member(ref reader, buffer);
        }
    }

    private bool Item(ref Utf8JsonReader reader, in ReadOnlySequence<byte> buffer)
    {
        long start = reader.TokenStartIndex;
        if (!reader.TrySkip())
        {
            return false;
        }

        var item = buffer.Slice(start, reader.BytesConsumed - start);
        draft.Add(item.IsSingleSegment ? item.First : item.ToArray(), line: null);
        return true;
    }

    private bool Member(ref Utf8JsonReader reader, in ReadOnlySequence<byte> buffer)
    {
        string name = reader.GetString()!;
        if (!reader.Read())
        {
            return false;
        }

        if (name == "items")
        {
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw BatchFaultException.Invalid("items must be an array.", "items");
            }

            _place = Place.Items;
            return true;
        }

        long start = reader.TokenStartIndex;
        if (!reader.TrySkip())
        {
            return false;
        }

        draft.Submission.Set(name, reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Null => null,
            JsonTokenType.Number => Encoding.UTF8.GetString(buffer.Slice(start, reader.BytesConsumed - start)),
            _ => throw BatchFaultException.Invalid($"{(name.Length > 50 ? name[..50] + "…" : name)} must be a string.", null),
        });
        return true;
    }
}
