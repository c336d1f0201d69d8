using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Identity;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Identity;

public sealed class SignInTests(Product product) : IClassFixture<Product>
{
    [Fact]
    public async Task Registering_signs_in_by_cookie_and_signing_out_ends_it()
    {
        using var browser = Browser();
        string email = Email();

        using var registered = await PostAsync(browser, "/api/auth/register", new RegisterRequest(email, Account.Password, "Acme"));
        var me = await browser.GetFromJsonAsync("/api/me", ContractsJson.Default.Me, TestContext.Current.CancellationToken);
        using var signedOut = await PostAsync(browser, "/api/auth/logout", new { });
        using var after = await browser.GetAsync("/api/me", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, registered.StatusCode);
        Assert.Equal((email, "Acme", "owner", "free"), (me!.User.Email, me.Tenant.Name, me.Role, me.Plan));
        Assert.Equal(HttpStatusCode.OK, signedOut.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.Equal("auth:required", (await Account.ProblemAsync(after)).Code);
    }

    [Fact]
    public async Task The_session_cookie_is_host_only_for_http_and_same_site()
    {
        using HttpClientHandler handler = new() { UseCookies = false };
        using HttpClient browser = new(handler) { BaseAddress = product.Api };

        using var registered = await PostAsync(browser, "/api/auth/register", new RegisterRequest(Email(), Account.Password, "Acme"));

        string cookie = Assert.Single(registered.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_read_the_same_and_ten_wrong_ones_lock()
    {
        using var account = await product.RegisterAsync();
        using var browser = Browser();

        using var wrong = await PostAsync(browser, "/api/auth/login", new LoginRequest(account.Email, "not the password"));
        using var unknown = await PostAsync(browser, "/api/auth/login", new LoginRequest(Email(), "not the password"));
        Assert.Equal((await Account.ProblemAsync(wrong)).Detail, (await Account.ProblemAsync(unknown)).Detail);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);

        for (int tries = 1; tries < 10; tries++)
        {
            using var again = await PostAsync(browser, "/api/auth/login", new LoginRequest(account.Email, "not the password"));
        }

        using var locked = await PostAsync(browser, "/api/auth/login", new LoginRequest(account.Email, Account.Password));
        Assert.Equal(HttpStatusCode.TooManyRequests, locked.StatusCode);
        Assert.NotNull(locked.Headers.RetryAfter);
    }

    [Theory]
    [InlineData("", "long enough", "W", "identity:bad-email")]
    [InlineData("nobody", "long enough", "W", "identity:bad-email")]
    [InlineData("a@example.com", "short", "W", "identity:bad-password")]
    [InlineData("a@example.com", "aaaaaaaaaa", "W", "identity:refused")]
    [InlineData("a@example.com", "long enough", " ", "identity:bad-workspace")]
    public async Task What_can_not_be_registered_is_told_by_a_stable_code(string email, string password, string workspace, string code)
    {
        using var browser = Browser();

        using var refused = await PostAsync(browser, "/api/auth/register", new RegisterRequest(email, password, workspace));

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(code, (await Account.ProblemAsync(refused)).Code);
    }

    [Fact]
    public async Task One_address_registers_once_even_twice_at_the_same_moment()
    {
        string email = Email();
        using var browser = Browser();

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            PostAsync(browser, "/api/auth/register", new RegisterRequest(email, Account.Password, "Race"))));

        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(1, await product.Stack.ScalarAsync<long>("select count(*) from users where email = $1", email));
    }

    [Theory]
    [InlineData("cross-site", null, HttpStatusCode.Forbidden)]
    [InlineData("same-site", null, HttpStatusCode.Forbidden)]
    [InlineData(null, "https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData(null, "null", HttpStatusCode.Forbidden)]
    [InlineData("same-origin", null, HttpStatusCode.OK)]
    [InlineData(null, null, HttpStatusCode.OK)]
    public async Task What_another_site_makes_a_browser_send_is_refused(string? site, string? origin, HttpStatusCode expected)
    {
        using var browser = Browser();
        using var registered = await PostAsync(browser, "/api/auth/register", new RegisterRequest(Email(), Account.Password, "Acme"));
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/collections") { Content = JsonContent.Create(new { name = "Planted" }) };
        if (site is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", site);
        }

        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var response = await browser.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected == HttpStatusCode.OK, response.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_new_password_ends_every_other_session()
    {
        string email = Email();
        using var here = Browser();
        using var there = Browser();
        using var registered = await PostAsync(here, "/api/auth/register", new RegisterRequest(email, Account.Password, "Acme"));
        using var signedIn = await PostAsync(there, "/api/auth/login", new LoginRequest(email, Account.Password));

        using var changed = await here.PatchAsJsonAsync(
            "/api/me", new UpdateProfileRequest(null, Account.Password, "another long sentence"), TestContext.Current.CancellationToken);

        Assert.True(changed.IsSuccessStatusCode, await changed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, (await here.GetAsync("/api/me", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await there.GetAsync("/api/me", TestContext.Current.CancellationToken)).StatusCode);
    }

    private HttpClient Browser() => new(new HttpClientHandler { CookieContainer = new CookieContainer() })
    {
        BaseAddress = product.Api,
        DefaultRequestHeaders = { Accept = { new MediaTypeWithQualityHeaderValue("application/json") } },
    };

    private static string Email() => $"{Guid.CreateVersion7():n}@example.com";

    private static Task<HttpResponseMessage> PostAsync<T>(HttpClient browser, string path, T body) =>
        browser.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
}
