using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using AiSaas.Contracts.Identity;

namespace AiSaas.Tests.Web.Chat;

/// <summary>The chat as a browser without scripts has it, and the pieces that scripts fetch.</summary>
public sealed partial class ChatPageTests : IAsyncLifetime
{
    private FakeApi.FakeApi _api = null!;
    private WebHost _web = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.FakeApi.StartAsync();
        _api.IngestTime = TimeSpan.FromMilliseconds(1);
        _api.TokenTime = TimeSpan.FromMilliseconds(1);
        _web = new WebHost(_api.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task An_empty_workspace_offers_the_sample_and_its_questions_come_up_once_it_is_read()
    {
        using var ada = await SignUpAsync();
        string before = await ada.GetStringAsync("/chat", Cancellation);
        using var added = await ada.PostAsync("/chat/sample", null, Cancellation);
        string after = await ada.GetStringAsync("/chat", Cancellation);

        Assert.Contains("Try it with a sample document", before, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, added.StatusCode);
        Assert.Contains("1 collection, 1 document", after, StringComparison.Ordinal);
        Assert.Contains("How long does a refund take?", after, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_is_asked_by_form_the_page_looks_again_by_itself_and_then_shows_the_cited_answer()
    {
        _api.TokenTime = TimeSpan.FromMilliseconds(40);
        using var ada = await SignUpAsync(sample: true);
        using var asked = await AskAsync(ada, "/chat", "How long does a refund take?");
        string chat = PathOf(asked);
        string running = await ada.GetStringAsync(chat, Cancellation);
        string settled = await SettledAsync(ada, chat);

        Assert.Matches("^/chat/[0-9a-f-]{36}$", chat);
        Assert.Contains("<noscript><meta http-equiv=\"refresh\"", running, StringComparison.Ordinal);
        Assert.DoesNotContain("http-equiv=\"refresh\"", settled, StringComparison.Ordinal);
        Assert.Contains("A refund takes five working days", settled, StringComparison.Ordinal);
        Assert.Contains("Quotes from your documents (no language model configured)", settled, StringComparison.Ordinal);
        string marked = await ada.GetStringAsync(WebUtility.HtmlDecode(Mark().Match(settled).Groups[1].Value), Cancellation);
        Assert.Contains("class=\"page-mark\"", marked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_question_stays_in_the_form_and_the_reason_stands_beside_it()
    {
        using var ada = await SignUpAsync(sample: true);
        using var refused = await AskAsync(ada, "/chat", "What is my <budget>?");
        string page = await refused.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Contains("Your workspace reached its budget for today", page, StringComparison.Ordinal);
        Assert.Contains("What is my &lt;budget&gt;?</textarea>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_not_in_the_documents_says_so_and_shows_the_closest_passages_without_numbers()
    {
        using var ada = await SignUpAsync(sample: true);
        using var asked = await AskAsync(ada, "/chat", "What does the moon weigh?");
        string page = await SettledAsync(ada, PathOf(asked));

        Assert.Contains("No answer found in", page, StringComparison.Ordinal);
        Assert.Contains("Closest, not an answer", page, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"verdict\" data-verdict=\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_told_in_words_with_a_way_to_ask_again()
    {
        using var ada = await SignUpAsync(sample: true);
        using var asked = await AskAsync(ada, "/chat", "fail: how long does a refund take?");
        string page = await SettledAsync(ada, PathOf(asked));

        Assert.Contains("The provider answered 529 three times", page, StringComparison.Ordinal);
        Assert.Contains("Ask again", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chat_is_renamed_pinned_and_deleted_by_small_forms()
    {
        using var ada = await SignUpAsync(sample: true);
        using var asked = await AskAsync(ada, "/chat", "How long does a refund take?");
        string chat = PathOf(asked);
        await SettledAsync(ada, chat);
        using var renamed = await PostAsync(ada, $"{chat}/rename", new() { ["title"] = "<Refunds>", ["returnUrl"] = chat });
        using var pinned = await PostAsync(ada, $"{chat}/pin", new() { ["pinned"] = "true", ["returnUrl"] = "https://evil.example" });
        string list = await ada.GetStringAsync("/chat/list", Cancellation);
        using var deleted = await PostAsync(ada, $"{chat}/delete", new() { ["returnUrl"] = chat });

        Assert.Equal(chat, renamed.Headers.Location?.ToString());
        Assert.Equal("/chat", pinned.Headers.Location?.ToString());
        Assert.Contains("&lt;Refunds&gt;", list, StringComparison.Ordinal);
        Assert.Contains("Pinned", list, StringComparison.Ordinal);
        Assert.Equal("/chat", deleted.Headers.Location?.ToString());
        using var gone = await ada.GetAsync(chat, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task The_piece_that_settles_a_streamed_answer_is_what_the_page_itself_shows()
    {
        using var ada = await SignUpAsync(sample: true);
        using var asked = await AskAsync(ada, "/chat", "How long does a refund take?");
        string chat = PathOf(asked);
        string page = await SettledAsync(ada, chat);
        string id = AnswerId().Match(page).Groups[1].Value;
        string piece = await ada.GetStringAsync($"{chat}/messages/{id}", Cancellation);

        // Icons apart: outside of a page their address has no fingerprint.
        Assert.Contains(Plain(piece).Trim(), Plain(page), StringComparison.Ordinal);
        static string Plain(string html) => Icons().Replace(html, "");
    }

    [Fact]
    public async Task A_stranger_gets_neither_page_nor_piece()
    {
        using var ada = await SignUpAsync(sample: true);
        using var asked = await AskAsync(ada, "/chat", "How long does a refund take?");
        string chat = PathOf(asked);
        await SettledAsync(ada, chat);
        using var eve = await SignUpAsync(email: "eve@example.com");
        using var nobody = _web.Visit();
        nobody.DefaultRequestHeaders.Accept.ParseAdd("text/html");

        foreach (string path in (string[])[chat, $"{chat}/messages"])
        {
            using var other = await eve.GetAsync(path, Cancellation);
            using var signedOut = await nobody.GetAsync(path, Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
            Assert.Equal(HttpStatusCode.Redirect, signedOut.StatusCode);
        }
    }

    private async Task<HttpClient> SignUpAsync(bool sample = false, string email = "ada@example.com")
    {
        var visitor = _web.Visit();
        visitor.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using var registered = await visitor.PostAsJsonAsync("/api/auth/register", new RegisterRequest(email, "correct-horse", "Acme"), Cancellation);
        registered.EnsureSuccessStatusCode();
        if (sample)
        {
            using var added = await visitor.PostAsync("/api/samples", null, Cancellation);
            added.EnsureSuccessStatusCode();
        }

        return visitor;
    }

    private string PathOf(HttpResponseMessage redirect) => new Uri(_web.ClientOptions.BaseAddress, redirect.Headers.Location!).AbsolutePath;

    private static Task<HttpResponseMessage> AskAsync(HttpClient visitor, string path, string text) =>
        PostAsync(visitor, path, new() { ["_handler"] = "ask", ["text"] = text });

    private static async Task<HttpResponseMessage> PostAsync(HttpClient visitor, string path, Dictionary<string, string> form)
    {
        using FormUrlEncodedContent content = new(form);
        return await visitor.PostAsync(path, content, Cancellation);
    }

    private static async Task<string> SettledAsync(HttpClient visitor, string chat)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (true)
        {
            string page = await visitor.GetStringAsync(chat, patience.Token);
            if (!page.Contains("http-equiv=\"refresh\"", StringComparison.Ordinal))
            {
                return page;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        }
    }

    [GeneratedRegex("class=\"cite\"[^>]* href=\"([^\"]+)\"")]
    private static partial Regex Mark();

    [GeneratedRegex("class=\"answer\" id=\"m-([0-9a-f-]{36})\"")]
    private static partial Regex AnswerId();

    [GeneratedRegex("<use [^>]*>")]
    private static partial Regex Icons();
}
