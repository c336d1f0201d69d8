using AiSaas.Core.Gateway.Budgets;
using AiSaas.Llm.Prices;
using AiSaas.Llm.Wire;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>What a call may take, before it is made.</summary>
/// <param name="Input">Tokens, corrected by what earlier calls taught.</param>
/// <param name="Wanted">Nano-dollars at the most: all input at the dearest rate and all output that it may write, at its dearest target.</param>
/// <param name="Least">The nano-dollars of the shortest answer worth having; null where the caller set the bound, then nothing less will do.</param>
/// <param name="Tokens">What limits of tokens are charged beforehand.</param>
/// <param name="LikelyOutput">What it will probably write: the estimate that is filed if nothing more is heard of it.</param>
internal readonly record struct CallNeed(long Input, long Wanted, long? Least, long Tokens, long LikelyOutput)
{
    private const int UsualOutput = 256;

    private const long Picos = 1_000;

    public static CallNeed Of(CallIntent intent, TenantAccount account, BudgetOptions options)
    {
        var learned = account.Learned;
        long input = learned.Input(intent.Model, Math.Max(0, intent.InputTokens));
        long answers = Math.Max(1, intent.Answers);
        bool isEmbedding = intent.Api == WireApi.Embeddings;
        long usual = isEmbedding ? 0 : Math.Min(learned.Output(intent.Model) ?? UsualOutput, intent.MaxOutputTokens ?? long.MaxValue);
        long most = isEmbedding ? 0 : intent.MaxOutputTokens ?? Math.Max(options.DefaultOutputTokens, learned.LongestOutput(intent.Model));
        long least = Math.Max(options.LeastOutputTokens, learned.Output(intent.Model) ?? 0);
        bool isBounded = isEmbedding || intent.MaxOutputTokens is not null;
        long wanted = 0, leastWanted = 0;
        foreach (var target in intent.Targets)
        {
            if (account.Policy!.Prices.Find(target.Provider, target.Kind, target.Model) is not { IsFree: false } price)
            {
                continue;
            }

            long bound = price.MaxOutput ?? long.MaxValue;
            wanted = Math.Max(wanted, Cost(price, input, Math.Min(most, bound), answers));
            leastWanted = Math.Max(leastWanted, Cost(price, input, Math.Min(least, bound), answers));
        }

        return new(input, wanted, isBounded || wanted == 0 ? null : leastWanted, Sum(input, usual, answers), Sum(0, usual, answers));
    }

    /// <summary>How much output an amount affords at the dearest of the targets; null where none of them costs anything.</summary>
    public long? OutputFor(long nanos, CallIntent intent, PriceTable prices)
    {
        long? bound = null;
        foreach (var target in intent.Targets)
        {
            if (prices.Find(target.Provider, target.Kind, target.Model) is { IsFree: false } price && Dearest(price.RatesFor(Input)) is { Output: > 0 } rates)
            {
                var left = ((Int128)nanos * Picos) - ((Int128)Input * rates.Input);
                long affords = (long)Int128.Max(1, left / rates.Output / Math.Max(1, intent.Answers));
                bound = Math.Min(bound ?? long.MaxValue, affords);
            }
        }

        return bound;
    }

    private static long Cost(ModelPrice price, long input, long output, long answers)
    {
        var rates = Dearest(price.RatesFor(input));
        var picos = ((Int128)input * rates.Input) + ((Int128)output * answers * rates.Output);
        var nanos = (picos + Picos - 1) / Picos;
        return nanos > long.MaxValue / 4 ? long.MaxValue / 4 : (long)nanos;
    }

    private static (long Input, long Output) Dearest(TokenRates rates) =>
        (Math.Max(rates.Input, rates.CacheWrite), Math.Max(rates.Output, rates.Reasoning));

    private static long Sum(long input, long output, long answers) => (long)Int128.Min(long.MaxValue / 4, input + ((Int128)output * answers));
}
