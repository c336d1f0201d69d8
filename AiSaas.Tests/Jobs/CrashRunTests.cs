using AiSaas.Bench.Crash;

namespace AiSaas.Tests.Jobs;

/// <summary><c>./bench crash</c>, short: every fault once under load, in an order of its own seed, then the audit of every effect.</summary>
public sealed class CrashRunTests(ITestOutputHelper output)
{
    private static readonly CrashPlan Short = new()
    {
        Seed = 4,
        Rounds = Enum.GetValues<FaultKind>().Length,
        AtMost = TimeSpan.FromSeconds(40),
        Apis = 2,
        Workers = 2,
        Tenants = 2,
        Loops = 1,
        LongestPause = TimeSpan.FromSeconds(0.6),
        LongestOutage = TimeSpan.FromSeconds(3),
    };

    [Fact]
    public async Task Through_every_fault_nothing_accepted_is_lost_and_nothing_is_doubled()
    {
        var result = await new CrashRun(Short, output.WriteLine).RunAsync(TestContext.Current.CancellationToken);

        var wrong = result.Sheet.Lines.Where(line => line.Wrong.Count > 0).ToList();
        Assert.True(wrong.Count == 0, $"To repeat: ./bench crash --seed {Short.Seed} --rounds {Short.Rounds}\n{string.Join('\n', result.Sheet.Words().Concat(result.Failures))}");
        Assert.NotEmpty(result.Accepted.Questions);
        Assert.NotEmpty(result.Accepted.Documents);
        Assert.NotEmpty(result.Accepted.Responses);
    }
}
