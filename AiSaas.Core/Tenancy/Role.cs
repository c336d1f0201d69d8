namespace AiSaas.Core.Tenancy;

/// <summary>What a member may do in a workspace; each role may do all that the ones before it may.</summary>
public enum Role
{
    /// <summary>Reads and asks; changes nothing.</summary>
    Viewer,

    /// <summary>Adds documents, makes keys of their own.</summary>
    Member,

    /// <summary>Members, keys of all, budgets, settings.</summary>
    Admin,

    /// <summary>Everything, the workspace itself included.</summary>
    Owner,
}

public static class RoleNames
{
    public static string Name(this Role role) => role switch
    {
        Role.Owner => "owner",
        Role.Admin => "admin",
        Role.Member => "member",
        Role.Viewer => "viewer",
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };

    /// <exception cref="FormatException">The database's check constraint allows no other name.</exception>
    public static Role Parse(string name) => name switch
    {
        "owner" => Role.Owner,
        "admin" => Role.Admin,
        "member" => Role.Member,
        "viewer" => Role.Viewer,
        _ => throw new FormatException($"'{name}' is no role."),
    };
}
