using System.Text.Json;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Telemetry;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Reranking;

/// <summary>A provider's reranker under the gateway's rules.</summary>
/// <param name="route">One model at one provider.</param>
/// <param name="post">Sends.</param>
/// <param name="deadline">Of one attempt; callers bound the whole.</param>
internal sealed class RoutedReranker(Route route, RoutedPost post, TimeSpan deadline) : IReranker
{
    private RouteTarget Target => route.Targets[0];

    private RerankWire Wire => Target.Endpoint!.Reranking!;

    public long Units(string query, IReadOnlyList<string> texts) => Wire.Units(new(Target.Model, query, texts));

    public async Task<Reranking> RankAsync(
        string query, IReadOnlyList<string> texts, IReadOnlyDictionary<string, KeyPool>? ownKeys, CancellationToken cancellation)
    {
        RerankRequest request = new(Target.Model, query, texts);
        var posted = await post.SendAsync(route, ownKeys, deadline, new Api(Wire, request), cancellation).ConfigureAwait(false);
        return new(
            posted.Answer.Scores, posted.Answer.Units ?? Wire.Units(request), posted.Answer.Units is null, posted.Target.Provider, posted.Target.Model,
            posted.Attempts);
    }

    internal sealed record Answer(IReadOnlyList<double?> Scores, long? Units);

    private sealed class Api(RerankWire wire, RerankRequest request) : IPostApi<Answer>
    {
        public string Path(RouteTarget target) => wire.Path;

        public void Write(Utf8JsonWriter json, RouteTarget target) => wire.Write(json, request);

        public Answer Read(RouteTarget target, JsonElement answer)
        {
            var (ranked, units) = wire.Read(answer);
            double?[] scores = new double?[request.Texts.Count];
            foreach (var (index, score) in ranked)
            {
                if ((uint)index >= (uint)scores.Length || scores[index] is not null || !double.IsFinite(score))
                {
                    throw new FormatException($"The result for passage {index} is out of place.");
                }

                scores[index] = score;
            }

            return ranked.Count > 0 ? new(scores, units) : throw new FormatException("No passage was ranked.");
        }

        public TokenUsage Usage(Answer answer) => new(answer.Units ?? 0, Output: 0);

        public ModelCallLabels Labels(RouteTarget target) => new("rerank", target.Endpoint!.TelemetryName, target.Model);
    }
}
