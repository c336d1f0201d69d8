using System.Collections.Frozen;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Gateway.Live;

/// <summary>Section <c>Gateway:Operators</c>: who runs the service for all workspaces.</summary>
public sealed class OperatorOptions
{
    public const string Section = "Gateway:Operators";

    /// <summary>Ids. None: every workspace's admins are operators.</summary>
    public List<string> Workspaces { get; } = [];
}

internal sealed class OperatorOptionsValidator : IValidateOptions<OperatorOptions>
{
    public ValidateOptionsResult Validate(string? name, OperatorOptions options)
    {
        string[] faults = [.. options.Workspaces
            .Where(text => !TenantId.TryParse(text, null, out _))
            .Select(text => $"Gateway:Operators:Workspaces holds '{text}', which is no workspace's id.")];
        return faults is [] ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}

/// <summary>Says whose admins may see and change what concerns all workspaces.</summary>
public sealed class Operators(IOptions<OperatorOptions> options)
{
    private readonly FrozenSet<TenantId> _workspaces = options.Value.Workspaces.Select(text => TenantId.From(Guid.Parse(text))).ToFrozenSet();

    public bool Include(TenantId tenant) => _workspaces.Count == 0 || _workspaces.Contains(tenant);
}
