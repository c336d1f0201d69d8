namespace AiSaas.Bench.Retrieval;

/// <summary>The tenth best BM25 of each question under each filter, by scoring every passage: what a search that leaves nothing out would show.</summary>
internal sealed class ExactWords
{
    private const int Wanted = 10;
    private readonly double[,] _least;

    public ExactWords(ScaleData data, ScaleTenant tenant, IReadOnlyList<int[]> questions)
    {
        int filters = ScaleTenant.Selectivities.Count + 1;
        var (idf, average) = Weigh(data, tenant);
        var asked = questions.SelectMany((words, question) => words.Select(word => (word, question))).ToLookup(pair => pair.word, pair => pair.question);
        var best = new PriorityQueue<int, double>[questions.Count, filters];
        for (int q = 0; q < questions.Count; q++)
        {
            for (int f = 0; f < filters; f++)
            {
                best[q, f] = new();
            }
        }

        Dictionary<int, double> scores = [];
        for (int i = 0; i < tenant.Passages; i++)
        {
            int[] words = data.Words(tenant.First + i);
            double k = 1.2 * (0.25 + (0.75 * words.Length / average));
            scores.Clear();
            foreach (var word in words.Where(asked.Contains).GroupBy(word => word))
            {
                double score = idf[word.Key] * 2.2 * word.Count() / (word.Count() + k);
                foreach (int question in asked[word.Key])
                {
                    scores[question] = scores.GetValueOrDefault(question) + score;
                }
            }

            foreach (var (question, score) in scores)
            {
                Keep(best[question, ScaleTenant.CollectionOf(i / ScaleTenant.PerDocument)], score);
                Keep(best[question, filters - 1], score);
            }
        }

        _least = new double[questions.Count, filters];
        for (int q = 0; q < questions.Count; q++)
        {
            for (int f = 0; f < filters; f++)
            {
                Count += best[q, f].Count;
                _least[q, f] = best[q, f].TryPeek(out _, out double least) ? least : double.NaN;
                Found[(q, f)] = best[q, f].Count;
            }
        }
    }

    public int Count { get; }

    private Dictionary<(int, int), int> Found { get; } = [];

    /// <summary>How much of the exact ten a search has among its ten best; equal scores are as good as each other.</summary>
    public double Recall(int question, int filter, IEnumerable<double> scores) =>
        Found[(question, filter)] is 0 ? 1
        : Math.Min(1, scores.OrderDescending().Take(Wanted).Count(score => score > _least[question, filter] - 1e-4) / (double)Found[(question, filter)]);

    private static void Keep(PriorityQueue<int, double> best, double score)
    {
        if (best.Count < Wanted)
        {
            best.Enqueue(0, score);
        }
        else if (best.TryPeek(out _, out double least) && score > least)
        {
            best.DequeueEnqueue(0, score);
        }
    }

    private static (double[] Idf, double Average) Weigh(ScaleData data, ScaleTenant tenant)
    {
        int[] passages = new int[ScaleData.Vocabulary];
        long length = 0;
        for (int i = 0; i < tenant.Passages; i++)
        {
            int[] words = data.Words(tenant.First + i);
            length += words.Length;
            foreach (int word in words.Distinct())
            {
                passages[word]++;
            }
        }

        return ([.. passages.Select(with => Math.Log(1 + ((tenant.Passages - with + 0.5) / (with + 0.5))))], length / (double)tenant.Passages);
    }
}
