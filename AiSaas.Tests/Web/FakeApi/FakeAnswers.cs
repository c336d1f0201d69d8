using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;

namespace AiSaas.Tests.Web.FakeApi;

public sealed partial class FakeApi
{
    /// <summary>Between two pieces of an answer.</summary>
    public TimeSpan TokenTime { get; set; } = TimeSpan.FromMilliseconds(30);

    // What a question says decides how its answer goes: "restart" breaks off once, "fail" fails in the middle,
    // "slow" takes three times as long, "table" is rich in Markdown, "moon" is not in any document.
    private async Task AnswerAsync(Workspace workspace, FakeConversation chat, Message question, Message answer, FakeRun run)
    {
        await Task.Yield();
        var began = Now;
        string asked = question.Text.ToLowerInvariant();
        var pace = asked.Contains("slow", StringComparison.Ordinal) ? TokenTime * 3 : TokenTime;
        bool known = !asked.Contains("moon", StringComparison.Ordinal);
        var found = Find(workspace, known ? asked : "kettle");
        string text = "";
        Write(run, new() { ["type"] = "start", ["messageId"] = answer.Id.ToString() });
        Stage(run, "queued", "Waiting for a free worker");
        run.Status = "running";
        try
        {
            await Wait(run, pace * 4);
            Settle(chat, answer with { Status = "streaming" });
            Stage(run, "searching", $"Searching {workspace.Collections.Count} collections", 48);
            await Wait(run, pace * 8);
            foreach (var citation in found)
            {
                Write(run, SourceOf(citation));
            }

            Stage(run, "reading", $"Reading {found.Count} passages");
            await Wait(run, pace * 8);
            string whole = known ? TextOf(asked, found) : "Nothing in these documents answers this.";
            if (asked.Contains("restart", StringComparison.Ordinal))
            {
                await WriteTextAsync(run, whole[..(whole.Length / 2)], pace, _ => { });
                Write(run, new() { ["type"] = "reset-step", ["reason"] = "The answer was interrupted; another worker starts it again." });
                Stage(run, "retrying", "Starting again on another worker");
                await Wait(run, pace * 30);
            }

            if (asked.Contains("fail", StringComparison.Ordinal))
            {
                await WriteTextAsync(run, whole[..(whole.Length / 2)], pace, piece => text += piece);
                throw new InvalidOperationException("The provider answered 529 three times (overloaded). Ask again in a minute, or add a second provider.");
            }

            await WriteTextAsync(run, whole, pace, piece => text += piece);
            foreach (var citation in found)
            {
                Write(run, new() { ["type"] = "data-citation", ["id"] = $"c{citation.Number - 1}", ["data"] = Json(citation) });
            }

            Write(run, new() { ["type"] = "data-title", ["id"] = "title", ["data"] = new JsonObject { ["title"] = question.Text.TrimEnd('?') } });
            Finish(chat, answer, run, began, "complete", text, found, null);
        }
        catch (OperationCanceledException)
        {
            Write(run, new() { ["type"] = "abort" });
            Finish(chat, answer, run, began, "stopped", text, [], null);
        }
        catch (InvalidOperationException fault)
        {
            Write(run, new() { ["type"] = "error", ["errorText"] = fault.Message, ["code"] = "chat:provider" });
            Finish(chat, answer, run, began, "failed", text, [], new Failure("chat:provider", fault.Message));
        }
    }

    private async Task WriteTextAsync(FakeRun run, string text, TimeSpan pace, Action<string> written)
    {
        Stage(run, "writing", "Writing");
        Write(run, new() { ["type"] = "start-step" });
        Write(run, new() { ["type"] = "text-start", ["id"] = "t1" });
        foreach (string word in Regex.Split(text, @"(?<= )"))
        {
            Write(run, new() { ["type"] = "text-delta", ["id"] = "t1", ["delta"] = word });
            written(word);
            await Wait(run, pace);
        }

        Write(run, new() { ["type"] = "text-end", ["id"] = "t1" });
        Write(run, new() { ["type"] = "finish-step" });
    }

    private Task Wait(FakeRun run, TimeSpan time) => Task.Delay(time, _time, run.Stop.Token);

    private void Finish(
        FakeConversation chat, Message answer, FakeRun run, DateTimeOffset began, string status, string text,
        List<Citation> cited, Failure? error)
    {
        double total = (Now - began).TotalMilliseconds;
        string title = chat.Detail.Messages[^2].Text.TrimEnd('?');
        lock (_gate)
        {
            chat.Detail = chat.Detail with { Title = chat.Detail.Title == "New chat" ? title : chat.Detail.Title, UpdatedAt = Now };
        }

        bool answered = !text.StartsWith("Nothing", StringComparison.Ordinal);
        Settle(chat, answer with
        {
            Status = status,
            Text = text,
            Parts = [new("text", text)],
            Citations = cited,
            AlsoFound = [.. cited.Take(1).Select(one => new FoundPassage(
                one.DocumentId, one.CollectionId, one.ChunkId, one.DocumentName, "6 Technical data", 3, 0, 180, FakeHandbook.Pages[2][..180], 0.31))],
            Model = "extractive-1",
            Provider = "local",
            Usage = new(812, 96, 908, true),
            Cost = "0.000000000",
            Timings = new(3, 48, 120, total),
            Attempts = [new("local", "extractive-1", status == "failed" ? "server-error" : "ok", total - 51)],
            Answered = status == "complete" ? answered : null,
            Error = error,
            CompletedAt = Now,
        });
        run.Status = status switch { "complete" => "succeeded", _ => status };
        Stage(run, "done", "Done");
        Write(run, new() { ["type"] = "message-metadata", ["messageMetadata"] = new JsonObject { ["model"] = "extractive-1", ["answered"] = answered } });
        Write(run, new() { ["type"] = "finish" });
        run.Write("[DONE]");
    }

    private void Settle(FakeConversation chat, Message message)
    {
        lock (_gate)
        {
            chat.Replace(message);
        }
    }

    // Sentences that share a word of five letters with the question, at most three.
    private List<Citation> Find(Workspace workspace, string asked)
    {
        string[] words = [.. Regex.Matches(asked, "[a-z]{5,}").Select(match => match.Value[..5])];
        var pages = workspace.Collections.Values.SelectMany(collection => collection.Documents.Values)
            .Where(document => InfoOf(document).Status == "ready")
            .SelectMany(document => document.Pages.Select((text, index) => (document, text, page: index + 1)));
        return [.. pages
            .SelectMany(at => Regex.Matches(at.text, @"[A-Z][^.:]{20,}[.:]").Select(sentence => (at.document, at.page, sentence)))
            .Where(at => words.Any(word => at.sentence.Value.Contains(word, StringComparison.OrdinalIgnoreCase)))
            .Take(3)
            .Select((at, index) => new Citation(
                index + 1, at.document.Id, at.document.Collection, NewId(), at.document.Name, "Section", at.page, at.sentence.Index,
                at.sentence.Index + at.sentence.Length, at.sentence.Value, index == 1 ? "fuzzy" : "verified"))];
    }

    private static string TextOf(string asked, List<Citation> found)
    {
        string quotes = string.Join("\n\n", found.Select(one => string.Create(
            CultureInfo.InvariantCulture, $"{one.Quote.ReplaceLineEndings(" ")} [{one.Number}]")));
        return asked.Contains("table", StringComparison.Ordinal)
            ? quotes + "\n\n## Compared\n\n| Model | Warranty | Price |\n|---|---|---|\n| M1 | one year | 39 € |\n| **M2** | two years | 59 € |\n\n"
                + "1. First, [the shop](https://example.com/shop)\n2. Then `M2`\n   - nested <b>html</b>\n\n```sh\ncurl -s https://example.com/api/kettles | jq '.[0].warranty'\n```\n\nDone."
            : found.Count == 0 ? "Nothing in these documents answers this." : quotes;
    }

    private static JsonNode? Json(Citation citation) =>
        System.Text.Json.JsonSerializer.SerializeToNode(citation, Options);

    private static readonly System.Text.Json.JsonSerializerOptions Options = new(System.Text.Json.JsonSerializerDefaults.Web);

    private static JsonObject SourceOf(Citation citation)
    {
        var source = Json(citation)!.AsObject();
        source["text"] = citation.Quote;
        source["score"] = 0.8;
        source.Remove("quote");
        source.Remove("verdict");
        return new()
        {
            ["type"] = "source-document",
            ["sourceId"] = citation.ChunkId.ToString(),
            ["mediaType"] = "application/pdf",
            ["title"] = citation.DocumentName,
            ["providerMetadata"] = new JsonObject { ["aisaas"] = source },
        };
    }

    private static void Stage(FakeRun run, string stage, string text, double? ms = null) => Write(run, new()
    {
        ["type"] = "data-stage",
        ["id"] = "stage",
        ["data"] = ms is null
            ? new JsonObject { ["stage"] = stage, ["text"] = text }
            : new JsonObject { ["stage"] = stage, ["text"] = text, ["ms"] = ms },
    });

    private static void Write(FakeRun run, JsonObject part) => run.Write(part.ToJsonString());
}
