using System.Numerics.Tensors;

namespace AiSaas.Bench.Retrieval;

/// <summary>Passages that nobody wrote: words by Zipf's law, vectors of a thousand topics with as many independent directions as
/// embeddings of text have. Passage n is the same in every run and needs no other, so that any pass over them can be repeated.</summary>
internal sealed class ScaleData
{
    public const int Dimensions = 512;
    public const int Vocabulary = 30_000;
    private const int Directions = 48;
    private const int Topics = 1_000;
    private const int LeastWords = 30;
    private const int MostWords = 90;

    private readonly float[][] _basis = new float[Directions][];
    private readonly float[][] _topics = new float[Topics][];
    private readonly double[] _zipf = new double[Vocabulary];

    public ScaleData()
    {
        Dice dice = new(7);
        for (int k = 0; k < Directions; k++)
        {
            double strength = 1 / Math.Sqrt(1 + (k * 0.15));
            _basis[k] = [.. Enumerable.Range(0, Dimensions).Select(_ => (float)(dice.Normal() * strength))];
        }

        for (int t = 0; t < Topics; t++)
        {
            _topics[t] = [.. Enumerable.Range(0, Directions).Select(_ => (float)dice.Normal())];
        }

        double sum = 0;
        for (int w = 0; w < Vocabulary; w++)
        {
            _zipf[w] = sum += 1.0 / (w + 3);
        }
    }

    /// <summary>A pronounceable word for a rank, the same for ever; no two ranks share one.</summary>
    public static string Word(int rank)
    {
        const string heads = "bdfgklmnprstvz";
        const string tails = "aeiou";
        Span<char> word = stackalloc char[8];
        int length = 0;
        for (int rest = rank + 70; rest > 0 && length < 8; rest /= 70)
        {
            word[length++] = heads[rest % 70 / 5];
            word[length++] = tails[rest % 5];
        }

        return new(word[..length]);
    }

    /// <summary>The words of a passage, by rank.</summary>
    public int[] Words(long passage)
    {
        Dice dice = new(passage * 2);
        int[] words = new int[LeastWords + dice.Below(MostWords - LeastWords)];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = Draw(ref dice, 0, Vocabulary);
        }

        return words;
    }

    /// <summary>Words for a question, from a range of ranks: the lower, the commoner.</summary>
    public int[] Question(int seed, int from, int to, int count)
    {
        Dice dice = new(seed * 31 + 5);
        HashSet<int> words = [];
        while (words.Count < count)
        {
            words.Add(Draw(ref dice, from, to));
        }

        return [.. words];
    }

    /// <param name="passage">Negative numbers make questions' vectors: of the same topics, near no passage in particular.</param>
    /// <param name="vector">Filled with a vector of length 1.</param>
    public void Vector(long passage, float[] vector)
    {
        Dice dice = new((passage * 2) + 1);
        float[] topic = _topics[dice.Below(Topics)];
        for (int d = 0; d < Dimensions; d++)
        {
            vector[d] = (float)((dice.Next() - 0.5) * 2.1);
        }

        for (int k = 0; k < Directions; k++)
        {
            TensorPrimitives.MultiplyAdd(_basis[k], topic[k] + (float)(0.7 * dice.Normal()), vector, vector);
        }

        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
    }

    private int Draw(ref Dice dice, int from, int to)
    {
        double low = from == 0 ? 0 : _zipf[from - 1];
        int found = Array.BinarySearch(_zipf, low + (dice.Next() * (_zipf[to - 1] - low)));
        return Math.Min(to - 1, found < 0 ? ~found : found);
    }

    /// <summary>Pseudo-random numbers, the same in every run (xorshift).</summary>
    private struct Dice(long seed)
    {
        private ulong _state = ((ulong)seed * 0x9E3779B97F4A7C15) ^ 0xD1B54A32D192ED03;

        public double Next()
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            return (_state >> 11) * (1.0 / (1UL << 53));
        }

        public int Below(int limit) => (int)(Next() * limit);

        public double Normal() => Math.Sqrt(-2 * Math.Log(Next() + 1e-300)) * Math.Cos(2 * Math.PI * Next());
    }
}
