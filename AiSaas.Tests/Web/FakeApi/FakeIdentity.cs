using AiSaas.Contracts.Common;
using AiSaas.Contracts.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiSaas.Tests.Web.FakeApi;

public sealed partial class FakeApi
{
    private const string SessionCookie = "aisaas-session";
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Account> _sessions = [];

    private sealed class Account
    {
        public required UserInfo User { get; set; }
        public required string Password { get; set; }
        public required List<Workspace> Workspaces { get; init; }
        public required Workspace Current { get; set; }
    }

    private sealed class Workspace
    {
        public required Guid Id { get; init; }
        public required string Name { get; init; }
        public List<KeySummary> Keys { get; } = [];
        public Dictionary<Guid, FakeCollection> Collections { get; } = [];
        public Dictionary<Guid, FakeConversation> Conversations { get; } = [];
    }

    private void MapIdentity(RouteGroupBuilder api)
    {
        api.MapPost("/auth/register", Register);
        api.MapPost("/auth/login", Login);
        api.MapPost("/auth/logout", (HttpContext http) => http.Response.Cookies.Delete(SessionCookie));
        api.MapPost("/auth/tenant", SwitchTenant);
        api.MapGet("/me", (HttpContext http) => WithAccount(http, account => Results.Ok(MeOf(account))));
        api.MapPatch("/me", Update);
        api.MapGet("/keys", (HttpContext http) => WithAccount(http, account => Results.Ok(new Page<KeySummary>([.. account.Current.Keys]))));
        api.MapPost("/keys", CreateKey);
        api.MapDelete("/keys/{id:guid}", (Guid id, HttpContext http) => WithAccount(http, account =>
            account.Current.Keys.RemoveAll(key => key.Id == id) == 1 ? Results.NoContent() : NotFound("keys")));
    }

    private IResult Register(RegisterRequest request, HttpContext http)
    {
        if (!request.Email.Contains('@'))
        {
            return Refused(StatusCodes.Status400BadRequest, "identity:bad-email", "Give an e-mail address, such as ada@example.com.");
        }

        if (request.Password.Length < 8)
        {
            return Refused(StatusCodes.Status400BadRequest, "identity:bad-password", "Choose a password of 8 to 200 characters.");
        }

        lock (_gate)
        {
            Workspace workspace = new() { Id = NewId(), Name = request.Workspace };
            Account account = new()
            {
                User = new UserInfo(NewId(), request.Email, request.Name ?? ""),
                Password = request.Password,
                Workspaces = [workspace],
                Current = workspace,
            };
            if (!_accounts.TryAdd(request.Email, account))
            {
                return Refused(StatusCodes.Status409Conflict, "identity:email-taken", "There is an account with this address already. Sign in instead.");
            }

            SignIn(http, account);
            return Results.Ok(new RegisterResponse(account.User.Id, workspace.Id));
        }
    }

    private IResult Login(LoginRequest request, HttpContext http)
    {
        lock (_gate)
        {
            if (!_accounts.TryGetValue(request.Email, out var account) || account.Password != request.Password)
            {
                return Refused(StatusCodes.Status401Unauthorized, "identity:bad-credentials", "The address or the password is wrong.");
            }

            SignIn(http, account);
            return Results.Ok(new LoginResponse(account.User.Id, account.Current.Id));
        }
    }

    private IResult SwitchTenant(SwitchTenantRequest request, HttpContext http) => WithAccount(http, account =>
    {
        if (account.Workspaces.Find(workspace => workspace.Id == request.TenantId) is not { } wanted)
        {
            return NotFound("identity");
        }

        account.Current = wanted;
        return Results.Ok(new LoginResponse(account.User.Id, wanted.Id));
    });

    private IResult Update(UpdateProfileRequest request, HttpContext http) => WithAccount(http, account =>
    {
        if (request.NewPassword is { } password)
        {
            if (request.CurrentPassword != account.Password)
            {
                return Refused(StatusCodes.Status400BadRequest, "identity:refused", "Incorrect password.");
            }

            account.Password = password;
        }

        account.User = account.User with { Name = request.Name ?? account.User.Name };
        return Results.NoContent();
    });

    private IResult CreateKey(CreateKeyRequest request, HttpContext http) => WithAccount(http, account =>
    {
        string secret = $"sk-ais-{Convert.ToHexStringLower(NewId().ToByteArray())}";
        KeySummary key = new(NewId(), request.Name, secret[..12], request.Scopes ?? ["api"], Now, request.ExpiresAt, null, request.BudgetUsd, null);
        account.Current.Keys.Add(key);
        return Results.Ok(new CreatedKey(key.Id, secret, key.Name, key.Prefix));
    });

    private IResult WithAccount(HttpContext http, Func<Account, IResult> answer)
    {
        lock (_gate)
        {
            return http.Request.Cookies[SessionCookie] is { } session && _sessions.TryGetValue(session, out var account)
                ? answer(account)
                : Refused(StatusCodes.Status401Unauthorized, "auth:required", "Sign in, or send Authorization: Bearer with a key.");
        }
    }

    private void SignIn(HttpContext http, Account account)
    {
        string session = NewId().ToString();
        _sessions[session] = account;
        http.Response.Cookies.Append(SessionCookie, session, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/" });
    }

    private static Me MeOf(Account account) => new(
        account.User, InfoOf(account.Current), "owner", [.. account.Workspaces.Select(InfoOf)], "free",
        new Limits(100_000_000, 1_000, 600), new Dictionary<string, bool>(),
        new ChatModelInfo("extractive-1", Extractive: true, ["extractive-1"]));

    private static TenantInfo InfoOf(Workspace workspace) => new(workspace.Id, workspace.Name, "owner");
}
