using System.Globalization;

namespace Pgvector;

/// <summary>A value of pgvector's type <c>sparsevec</c>. Indices start at 0 here and at 1 in its text.</summary>
public class SparseVector
{
    /// <remarks>Indices must be sorted and unique, values without zeros.</remarks>
    public SparseVector(int dimensions, ReadOnlyMemory<int> indices, ReadOnlyMemory<float> values)
    {
        if (indices.Length != values.Length)
        {
            throw new ArgumentException("There must be as many values as indices.", nameof(values));
        }

        (Dimensions, Indices, Values) = (dimensions, indices, values);
    }

    public SparseVector(ReadOnlyMemory<float> v)
        : this(v.ToArray().Index().ToDictionary(static pair => pair.Index, static pair => pair.Item), v.Length)
    {
    }

    public SparseVector(IDictionary<int, float> dictionary, int dimensions)
    {
        var present = dictionary.Where(static pair => pair.Value != 0).OrderBy(static pair => pair.Key).ToArray();
        Dimensions = dimensions;
        Indices = Array.ConvertAll(present, static pair => pair.Key);
        Values = Array.ConvertAll(present, static pair => pair.Value);
    }

    public SparseVector(string s)
        : this(ParseElements(s), int.Parse(s[(s.LastIndexOf('/') + 1)..], CultureInfo.InvariantCulture))
    {
    }

    public int Dimensions { get; }

    public ReadOnlyMemory<int> Indices { get; }

    public ReadOnlyMemory<float> Values { get; }

    public float[] ToArray()
    {
        float[] dense = new float[Dimensions];
        for (int i = 0; i < Indices.Length; i++)
        {
            dense[Indices.Span[i]] = Values.Span[i];
        }

        return dense;
    }

    public override string ToString()
    {
        var elements = Indices.ToArray().Zip(Values.ToArray(), static (index, value) =>
            string.Create(CultureInfo.InvariantCulture, $"{index + 1}:{value}"));
        return string.Create(CultureInfo.InvariantCulture, $"{{{string.Join(',', elements)}}}/{Dimensions}");
    }

    private static Dictionary<int, float> ParseElements(string s) =>
        s[(s.IndexOf('{') + 1)..s.IndexOf('}')]
            .Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(static element => element.Split(':', 2))
            .ToDictionary(
                static pair => int.Parse(pair[0], CultureInfo.InvariantCulture) - 1,
                static pair => float.Parse(pair[1], CultureInfo.InvariantCulture));
}
