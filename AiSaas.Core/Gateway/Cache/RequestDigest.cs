using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AiSaas.Llm.Wire;

namespace AiSaas.Core.Gateway.Cache;

/// <summary>What makes two requests the same, and what makes them comparable.</summary>
/// <param name="Exact">Of everything that an answer depends on.</param>
/// <param name="Filter">Of the same without the last user turn: only within it may a similar question have the same answer. Null where there is no such turn.</param>
/// <param name="Question">The last user turn's text.</param>
internal sealed record RequestDigest(string Exact, byte[]? Filter, string? Question)
{
    /// <summary>A change in what a digest covers, or in what is kept under it, is another version.</summary>
    private const string Version = "1";

    /// <summary>Say how or for whom, never what.</summary>
    private static readonly HashSet<string> Beside =
    [
        "stream", "stream_options", "user", "metadata", "store", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "service_tier", "background",
    ];

    /// <param name="request">Whose tenant, permissions and API are part of both digests.</param>
    /// <param name="shape">Distinguishes whole answers from streams, with and without usage.</param>
    /// <param name="withQuestion">Whether the filter and the question are wanted.</param>
    public static RequestDigest Of(GatewayRequest request, string shape, bool withQuestion)
    {
        using var document = JsonDocument.Parse(request.Body);
        JsonProperty[] members = [.. document.RootElement.EnumerateObject().Where(member => !Beside.Contains(member.Name)).OrderBy(member => member.Name, StringComparer.Ordinal)];
        using var exact = Begin(request, shape);
        foreach (var member in members)
        {
            Append(exact, member.Name, member.Value);
        }

        string digest = Convert.ToHexStringLower(exact.GetCurrentHash().AsSpan(0, 20));
        string turns = request.Api == WireApi.Responses ? "input" : "messages";
        if (!withQuestion || !document.RootElement.TryGetProperty(turns, out var messages) || LastQuestion(messages) is not { } question)
        {
            return new(digest, null, null);
        }

        using var filter = Begin(request, "filter");
        foreach (var member in members)
        {
            if (member.Name != turns)
            {
                Append(filter, member.Name, member.Value);
            }
            else if (messages.ValueKind == JsonValueKind.Array)
            {
                foreach (var earlier in messages.EnumerateArray().SkipLast(1))
                {
                    Append(filter, turns, earlier);
                }
            }
        }

        return new(digest, filter.GetCurrentHash(), question);
    }

    private static IncrementalHash Begin(GatewayRequest request, string shape)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var caller = request.Caller;
        hash.AppendData(Encoding.UTF8.GetBytes($"{Version}\n{caller.Tenant}\n{caller.Permissions}\n{request.Api}\n{shape}\n"));
        foreach (var (name, value) in request.Headers)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}:{value}\n"));
        }

        return hash;
    }

    // Lengths go in front, so that no two sequences of members look alike.
    private static void Append(IncrementalHash hash, string name, JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        hash.AppendData(Encoding.UTF8.GetBytes($"{name}:{raw.Length}:"));
        hash.AppendData(raw);
    }

    private static string? LastQuestion(JsonElement turns)
    {
        if (turns.ValueKind == JsonValueKind.String)
        {
            return turns.GetString();
        }

        if (turns.ValueKind != JsonValueKind.Array || turns.GetArrayLength() == 0)
        {
            return null;
        }

        var last = turns[turns.GetArrayLength() - 1];
        return last.ValueKind == JsonValueKind.Object
            && last.TryGetProperty("role", out var role) && role.ValueKind == JsonValueKind.String && role.ValueEquals("user")
            && last.TryGetProperty("content", out var content)
                ? TextOf(content)
                : null;
    }

    // A picture or a tool's result can't be compared by words.
    private static string? TextOf(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            return content.GetString();
        }

        if (content.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        StringBuilder text = new();
        foreach (var part in content.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("text", out var words) || words.ValueKind != JsonValueKind.String)
            {
                return null;
            }

            text.AppendLine(words.GetString());
        }

        return text.ToString();
    }
}
