using AiSaas.Core.Chat;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Runs;

/// <summary>The key layout of run logs, version 2. All keys of a run carry one hash tag, and its tenant's name:
/// who asks for a run under the wrong tenant finds nothing.</summary>
/// <remarks><list type="table">
/// <item><c>aisaas:2:{r:&lt;tenant&gt;/&lt;run&gt;}:log</c> stream: one entry per append, named by the last event in it, field <c>d</c> =
/// the id before, a line feed, and the events as frames; see <see cref="RunFrames"/></item>
/// <item><c>aisaas:2:{r:&lt;tenant&gt;/&lt;run&gt;}:at</c> string: fence and number of the newest event, <c>!</c> behind them once finished</item>
/// <item><c>aisaas:2:{r:&lt;tenant&gt;/&lt;run&gt;}:live</c> channel: each new entry's <c>d</c></item>
/// </list></remarks>
internal sealed record RunKeys(TenantId Tenant, RunId Run)
{
    /// <summary>The stem that scripts derive the keys from.</summary>
    public string Stem { get; } = $"aisaas:2:{{r:{Tenant}/{Run}}}";

    public string Log => Stem + ":log";

    public string Live => Stem + ":live";
}
