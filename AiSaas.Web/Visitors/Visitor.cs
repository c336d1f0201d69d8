using AiSaas.Contracts.Identity;
using AiSaas.Web.Api;

namespace AiSaas.Web.Visitors;

/// <summary>Who looks at this page and how they like it. One per request.</summary>
internal sealed class Visitor(ApiClient api, IHttpContextAccessor accessor)
{
    private bool _asked;

    /// <summary>The signed-in user and workspace; null on public pages for those who aren't.</summary>
    public Me? Me { get; private set; }

    /// <summary>On pages that only the signed-in reach.</summary>
    public Me SignedIn => Me ?? throw new InvalidOperationException("This page is not public, so somebody is signed in.");

    public string Theme => Preferences.Theme(accessor.HttpContext?.Request);

    public bool NavCollapsed => Preferences.NavCollapsed(accessor.HttpContext?.Request);

    /// <summary>Asks the api once a request, and not at all without a cookie that could be a sign-in.</summary>
    public async Task<ApiResult<Me>?> IdentifyAsync(CancellationToken cancellation)
    {
        if (_asked || accessor.HttpContext is not { } context || !Preferences.HasOtherCookies(context.Request))
        {
            return null;
        }

        _asked = true;
        var me = await api.GetAsync<Me>("/api/me", cancellation);
        Me = me.Value;
        return me;
    }
}
