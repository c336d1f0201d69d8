using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Jobs;

/// <summary>The key layout of dispatch, version 2. All keys of a queue carry one hash tag.</summary>
/// <remarks>A <i>line</i> is what takes turns: a tenant (<c>&lt;tenant&gt;</c>), or its jobs in one lane (<c>&lt;tenant&gt;|&lt;lane&gt;</c>),
/// so that a lane without room holds up nothing else. An <i>entry</i> is <c>line/job/score</c>.
/// <list type="table">
/// <item><c>aisaas:2:{q:chat}:ring</c> sorted set: lines with ready jobs, by turn</item>
/// <item><c>aisaas:2:{q:chat}:turn</c> counter: the last turn given out</item>
/// <item><c>aisaas:2:{q:chat}:t:&lt;line&gt;</c> sorted set: the line's ready jobs, by priority and time</item>
/// <item><c>aisaas:2:{q:chat}:later</c> sorted set: entries, and claims not yet acknowledged (<c>#n</c>), by the Unix millisecond they become ready</item>
/// <item><c>aisaas:2:{q:chat}:claim:&lt;n&gt;</c> the entries of such a claim, a line each</item>
/// <item><c>aisaas:2:{q:chat}:filled</c> present once all queued jobs of Postgres are here; absent after Redis lost its data</item>
/// <item><c>aisaas:2:{q:chat}:filling</c> which worker fills, expires in 5 s</item>
/// <item><c>aisaas:2:{q:chat}:bell</c> channel: something became ready</item>
/// <item>Only where something of the queue is limited (<see cref="JobLimits"/>):</item>
/// <item><c>aisaas:2:{q:chat}:held</c>, <c>…:held:t:&lt;tenant&gt;</c>, <c>…:held:l:&lt;lane&gt;</c> sorted sets: running jobs of the queue,
/// the tenant, the lane, by the millisecond their place is free again unless a heartbeat comes</item>
/// <item><c>aisaas:2:{q:chat}:parked</c> sorted set: lines without room, by the millisecond they are looked at again in any case</item>
/// <item><c>aisaas:2:{q:chat}:parked:t:&lt;tenant&gt;</c>, <c>…:parked:l:&lt;lane&gt;</c> sorted sets: which of them wait for a place of the tenant, of the lane</item>
/// <item><c>aisaas:2:{q:chat}:known</c> the millisecond from which all workers have told what they run; absent after Redis lost its data</item>
/// <item><c>aisaas:1:cancel</c> channel: <c>job/reason</c>, a running job to cancel</item>
/// </list></remarks>
internal static class JobKeys
{
    public const string Cancel = "aisaas:1:cancel";

    /// <summary>The stem that scripts derive the other keys from.</summary>
    public static string Queue(string queue) => $"aisaas:2:{{q:{queue}}}";

    /// <summary>Of version 1, without lanes.</summary>
    public static string Old(string queue) => $"aisaas:1:{{q:{queue}}}";

    public static string Line(TenantId tenant, string? lane) => lane is null ? tenant.ToString() : $"{tenant}|{lane}";

    public static string Filled(string queue) => Queue(queue) + ":filled";

    public static string Known(string queue) => Queue(queue) + ":known";

    public static string Bell(string queue) => Queue(queue) + ":bell";
}
