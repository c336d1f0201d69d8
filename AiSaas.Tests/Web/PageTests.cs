using System.Net;
using System.Text.RegularExpressions;

namespace AiSaas.Tests.Web;

/// <summary>Pages as a browser without scripts has them: links and forms only.</summary>
public sealed partial class PageTests : IAsyncLifetime
{
    private FakeApi.FakeApi _api = null!;
    private WebHost _web = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.FakeApi.StartAsync();
        _web = new WebHost(_api.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task Signing_up_signs_in_and_a_second_sign_up_with_the_address_says_so_and_keeps_what_was_typed()
    {
        using var ada = await SignUpAsync("ada@example.com");
        using var again = await PostAsync(_web.Visit(), "/register", "register", new()
        {
            ["Workspace"] = "Other <b>team</b>",
            ["Email"] = "ada@example.com",
            ["Password"] = "correct-horse",
        });
        string page = await again.Content.ReadAsStringAsync(Cancellation);

        Assert.Contains("Acme", await ada.GetStringAsync("/collections", Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Contains("There is an account with this address already", page, StringComparison.Ordinal);
        Assert.Contains("Other &lt;b&gt;team&lt;/b&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("correct-horse", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_needs_a_sign_in_asks_for_it_and_comes_back_only_within_this_site()
    {
        using var ada = await SignUpAsync("ada@example.com");
        using var stranger = _web.Visit();
        using var refused = await stranger.GetAsync("/collections?x=1", Cancellation);
        Dictionary<string, string> form = new() { ["Email"] = "ada@example.com", ["Password"] = "correct-horse" };
        using var local = await PostAsync(stranger, refused.Headers.Location!.ToString(), "login", form);
        using var elsewhere = await PostAsync(_web.Visit(), "/login?returnUrl=https%3A%2F%2Fevil.example", "login", form);

        Assert.Equal("/login?returnUrl=%2Fcollections%3Fx%3D1", refused.Headers.Location.ToString());
        Assert.Equal("/collections?x=1", PathOf(local));
        Assert.Equal("/chat", PathOf(elsewhere));
    }

    [Fact]
    public async Task A_wrong_password_is_said_in_words_and_the_address_is_kept()
    {
        using var answer = await PostAsync(_web.Visit(), "/login", "login", new() { ["Email"] = "bob@example.com", ["Password"] = "wrong" });
        string page = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("The address or the password is wrong.", page, StringComparison.Ordinal);
        Assert.Contains("value=\"bob@example.com\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collection_is_made_filled_and_emptied_without_scripts()
    {
        using var ada = await SignUpAsync("ada@example.com");
        using var made = await PostAsync(ada, "/collections", "create", new() { ["CollectionName"] = "<script>alert(1)</script>" });
        string collection = PathOf(made);
        using MultipartFormDataContent files = new() { { new StringContent("Storage: nine months."), "files", "manual.md" } };
        using var uploaded = await ada.PostAsync($"{collection}/upload", files, Cancellation);
        string page = await ada.GetStringAsync(collection, Cancellation);
        string document = DocumentId().Match(page).Groups[1].Value;
        using var asked = await PostAsync(ada, collection, "act", new() { ["DeleteId"] = document });
        using var deleted = await PostAsync(ada, collection, "act", new() { ["ConfirmedId"] = document });
        string receipt = await deleted.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.SeeOther, uploaded.StatusCode);
        Assert.Equal($"{collection}?added=1", uploaded.Headers.Location?.ToString());
        Assert.Contains("manual.md", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("Delete “manual.md”?", WebUtility.HtmlDecode(await asked.Content.ReadAsStringAsync(Cancellation)), StringComparison.Ordinal);
        Assert.Contains("“manual.md” is deleted.", receipt, StringComparison.Ordinal);
        Assert.DoesNotContain(document, await ada.GetStringAsync(collection, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_shown_once_and_kept_out_of_every_cache()
    {
        using var ada = await SignUpAsync("ada@example.com");
        using var made = await PostAsync(ada, "/keys", "create", new() { ["KeyName"] = "nightly", ["Scope"] = "read", ["Expiry"] = "30" });
        string secret = Secret().Match(await made.Content.ReadAsStringAsync(Cancellation)).Value;
        string later = await ada.GetStringAsync("/keys", Cancellation);

        Assert.NotEmpty(secret);
        Assert.True(made.Headers.CacheControl?.NoStore);
        Assert.Contains("nightly", later, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, later, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_and_empties_the_browsers_cache()
    {
        using var ada = await SignUpAsync("ada@example.com");
        using var left = await ada.PostAsync("/logout", null, Cancellation);
        using var after = await ada.GetAsync("/collections", Cancellation);

        Assert.Equal("\"cache\"", Assert.Single(left.Headers.GetValues("Clear-Site-Data")));
        Assert.Equal(HttpStatusCode.Redirect, after.StatusCode);
    }

    [Fact]
    public async Task The_theme_is_in_the_first_byte_of_the_page()
    {
        using var visitor = _web.Visit();
        using var set = await visitor.PostAsync(
            "/preferences", new FormUrlEncodedContent([new("theme", "dark"), new("returnUrl", "//evil.example")]), Cancellation);

        Assert.Equal("/", set.Headers.Location?.ToString());
        Assert.Contains("<html lang=\"en\" data-theme=\"dark\"", await visitor.GetStringAsync("/login", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_and_what_is_somebody_elses_is_the_same_page()
    {
        using var ada = await SignUpAsync("ada@example.com");
        using var bob = await SignUpAsync("bob@example.com");
        using var made = await PostAsync(ada, "/collections", "create", new() { ["CollectionName"] = "Secret plans" });
        using var guessed = await bob.GetAsync(PathOf(made), Cancellation);
        using var nowhere = await bob.GetAsync("/no-such-page", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, guessed.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        Assert.Contains("There is nothing here", await guessed.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Contains("There is nothing here", await nowhere.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_api_is_away_pages_say_so_and_offer_another_try()
    {
        using var ada = await SignUpAsync("ada@example.com");
        await _api.DisposeAsync();
        using var answer = await ada.GetAsync("/collections?status=ready", Cancellation);
        string page = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("The service is away for a moment", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/collections?status=ready\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_larger_than_any_form_is_refused_in_words()
    {
        using var answer = await PostAsync(_web.Visit(), "/login", "login", new() { ["Email"] = new string('a', 2_000_000), ["Password"] = "x" });

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("That was too much at once", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_api_that_is_away_degrades_the_front_end_and_does_not_take_it_out()
    {
        await _api.DisposeAsync();
        using var visitor = _web.Visit();
        using var answer = await visitor.GetAsync("/health", Cancellation);
        using var alive = await visitor.GetAsync("/alive", Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"api\":{\"status\":\"degraded\"", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    [Fact]
    public async Task Every_page_has_its_policy_and_nothing_inline()
    {
        using var ada = await SignUpAsync("ada@example.com");
        using var made = await PostAsync(ada, "/collections", "create", new() { ["CollectionName"] = "Manuals" });
        string[] pages = ["/login", "/register", "/errors/404", "/errors/503", "/chat", "/collections", PathOf(made), "/keys", "/developers", "/profile"];
        foreach (string path in pages)
        {
            using var answer = await ada.GetAsync(path, Cancellation);
            string policy = answer.Headers.TryGetValues("Content-Security-Policy", out var values) ? values.Single() : "";
            string page = await answer.Content.ReadAsStringAsync(Cancellation);

            Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.False(Inline().IsMatch(page), $"{path} has something inline: {Inline().Match(page).Value}");
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        }
    }

    [Fact]
    public async Task Assets_carry_their_fingerprint_and_may_be_kept_for_good()
    {
        using var visitor = _web.Visit();
        string page = await visitor.GetStringAsync("/login", Cancellation);
        using var style = await visitor.GetAsync(StyleSheet().Match(page).Groups[1].Value, Cancellation);

        Assert.Equal(HttpStatusCode.OK, style.StatusCode);
        Assert.Contains("immutable", style.Headers.CacheControl?.ToString(), StringComparison.Ordinal);
    }

    private async Task<HttpClient> SignUpAsync(string email)
    {
        var visitor = _web.Visit();
        using var answer = await PostAsync(visitor, "/register", "register", new()
        {
            ["Workspace"] = "Acme",
            ["Email"] = email,
            ["Password"] = "correct-horse",
        });
        Assert.Equal("/chat", PathOf(answer));
        return visitor;
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient visitor, string path, string form, Dictionary<string, string> fields) =>
        visitor.PostAsync(path, new FormUrlEncodedContent(fields.Append(new("_handler", form))), Cancellation);

    private static string PathOf(HttpResponseMessage redirect) =>
        redirect.Headers.Location is { } to ? (to.IsAbsoluteUri ? to.PathAndQuery : to.ToString()) : $"no redirect, {redirect.StatusCode}";

    [GeneratedRegex("data-document=\"([0-9a-f-]{36})\"")]
    private static partial Regex DocumentId();

    [GeneratedRegex("sk-ais-[0-9a-f]{8,}")]
    private static partial Regex Secret();

    [GeneratedRegex("""<script(?![^>]*\ssrc=)|\sstyle="|<style|\son[a-z]+="|javascript:""")]
    private static partial Regex Inline();

    [GeneratedRegex("""rel="stylesheet" href="([^"]+)""")]
    private static partial Regex StyleSheet();
}
