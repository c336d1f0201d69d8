using System.Diagnostics;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Planning;
using AiSaas.Core.Tenancy;
using Pgvector;

namespace AiSaas.Bench.Retrieval;

/// <summary>The product's search and the same SQL alone, in turns, so that both meet the same machine. The question is embedded already.</summary>
internal sealed class SearchTimes(Retriever retriever, RawSearch raw)
{
    private readonly List<double> _product = [];
    private readonly List<double> _raw = [];

    public double P50 => Quantile.Of(_product, .5, time => time);

    public double P99 => Quantile.Of(_product, .99, time => time);

    public double RawP50 => Quantile.Of(_raw, .5, time => time);

    public double Ratio => P50 / RawP50;

    /// <param name="counted">Without it, the run warms caches and statements.</param>
    public async Task<RetrievalResult> AskAsync(
        TenantId tenant, RetrievalQuery query, EmbeddingSpace space, HalfVector vector, bool counted, CancellationToken cancellation)
    {
        // Who goes second finds pages warm; so they take turns at it.
        bool rawFirst = (_raw.Count & 1) == 0;
        double rawTime = rawFirst ? await RawAsync() : 0;
        long start = Stopwatch.GetTimestamp();
        var found = await retriever.FindAsync(
            tenant, query, QueryPlan.Plain(query.Text), [new([new(space, vector)], null)], TimeProvider.System.GetTimestamp(), embedMs: 0, cancellation);
        double productTime = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        rawTime = rawFirst ? rawTime : await RawAsync();
        if (counted)
        {
            _product.Add(productTime);
            _raw.Add(rawTime);
        }

        return found;

        Task<double> RawAsync() => raw.TimeAsync(tenant, query.Text, space.Id, vector, query.Collections?[0], cancellation);
    }
}
