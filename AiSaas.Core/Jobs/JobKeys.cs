namespace AiSaas.Core.Jobs;

/// <summary>The key layout of dispatch, version 1. All keys of a queue carry one hash tag.</summary>
/// <remarks><list type="table">
/// <item><c>aisaas:1:{q:chat}:ring</c> sorted set: tenants with ready jobs, by turn</item>
/// <item><c>aisaas:1:{q:chat}:turn</c> counter: the last turn given out</item>
/// <item><c>aisaas:1:{q:chat}:t:&lt;tenant&gt;</c> sorted set: the tenant's ready jobs, by priority and time</item>
/// <item><c>aisaas:1:{q:chat}:later</c> sorted set: <c>tenant/job/score</c> by the Unix millisecond it becomes ready</item>
/// <item><c>aisaas:1:{q:chat}:filled</c> present once all queued jobs of Postgres are here; absent after Redis lost its data</item>
/// <item><c>aisaas:1:{q:chat}:filling</c> which worker fills, expires in 5 s</item>
/// <item><c>aisaas:1:{q:chat}:bell</c> channel: something became ready</item>
/// <item><c>aisaas:1:cancel</c> channel: <c>job/reason</c>, a running job to cancel</item>
/// </list></remarks>
internal static class JobKeys
{
    public const string Cancel = "aisaas:1:cancel";

    /// <summary>The stem that scripts derive the other keys from.</summary>
    public static string Queue(string queue) => $"aisaas:1:{{q:{queue}}}";

    public static string Later(string queue) => Queue(queue) + ":later";

    public static string Filled(string queue) => Queue(queue) + ":filled";

    public static string Bell(string queue) => Queue(queue) + ":bell";
}
