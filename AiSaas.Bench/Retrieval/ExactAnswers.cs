using System.Numerics.Tensors;

namespace AiSaas.Bench.Retrieval;

/// <summary>The ten nearest passages of each question under each filter, by comparing with every one.</summary>
internal sealed class ExactAnswers(IReadOnlyList<float[]> questions, ScaleTenant tenant)
{
    private const int Wanted = 10;

    // By question and filter; the filter after the collections is none.
    private readonly PriorityQueue<Guid, float>[,] _best = Queues(questions.Count, ScaleTenant.Selectivities.Count + 1);

    public void Compare(ScaleData data)
    {
        float[] vector = new float[ScaleData.Dimensions];
        for (int i = 0; i < tenant.Passages; i++)
        {
            data.Vector(tenant.First + i, vector);
            int collection = ScaleTenant.CollectionOf(i / ScaleTenant.PerDocument);
            var id = tenant.Chunk(i);
            for (int q = 0; q < questions.Count; q++)
            {
                float cosine = TensorPrimitives.Dot(questions[q], vector);
                Keep(_best[q, collection], id, cosine);
                Keep(_best[q, ScaleTenant.Selectivities.Count], id, cosine);
            }
        }
    }

    public IReadOnlySet<Guid> Of(int question, int filter) => _best[question, filter].UnorderedItems.Select(item => item.Element).ToHashSet();

    private static void Keep(PriorityQueue<Guid, float> best, Guid id, float cosine)
    {
        if (best.Count < Wanted)
        {
            best.Enqueue(id, cosine);
        }
        else if (best.TryPeek(out _, out float least) && cosine > least)
        {
            best.DequeueEnqueue(id, cosine);
        }
    }

    private static PriorityQueue<Guid, float>[,] Queues(int questions, int filters)
    {
        var queues = new PriorityQueue<Guid, float>[questions, filters];
        for (int q = 0; q < questions; q++)
        {
            for (int f = 0; f < filters; f++)
            {
                queues[q, f] = new();
            }
        }

        return queues;
    }
}
