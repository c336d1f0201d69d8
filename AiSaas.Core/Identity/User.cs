using Microsoft.AspNetCore.Identity;

namespace AiSaas.Core.Identity;

/// <summary>A person who signs in. Global: what they may do is in their memberships.</summary>
public sealed class User : IdentityUser<Guid>
{
    public string Name { get; set; } = "";

    public DateTimeOffset CreatedAt { get; set; }
}
