using AiSaas.Core.Chat;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Runs;

/// <summary>The key layout of run logs, version 1. All keys of a run carry one hash tag, and its tenant's name:
/// who asks for a run under the wrong tenant finds nothing.</summary>
/// <remarks><list type="table">
/// <item><c>aisaas:1:{r:&lt;tenant&gt;/&lt;run&gt;}:log</c> stream: one entry per part, field <c>d</c> = JSON</item>
/// <item><c>aisaas:1:{r:&lt;tenant&gt;/&lt;run&gt;}:meta</c> hash: <c>fence</c> of the newest writer, <c>n</c> entries it wrote, <c>last</c> id, <c>done</c> once finished</item>
/// <item><c>aisaas:1:{r:&lt;tenant&gt;/&lt;run&gt;}:live</c> channel: the id before, then id and JSON of each new entry, one per line</item>
/// </list></remarks>
internal sealed record RunKeys(TenantId Tenant, RunId Run)
{
    /// <summary>The stem that scripts derive the keys from.</summary>
    public string Stem { get; } = $"aisaas:1:{{r:{Tenant}/{Run}}}";

    public string Log => Stem + ":log";

    public string Live => Stem + ":live";
}
