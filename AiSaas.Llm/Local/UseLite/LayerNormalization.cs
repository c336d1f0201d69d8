using System.Numerics.Tensors;

namespace AiSaas.Llm.Local.UseLite;

/// <summary>Brings each row to mean 0 and variance 1, then scales and shifts by what was learnt.</summary>
internal sealed class LayerNormalization(float[] scale, float[] shift)
{
    private const float Epsilon = 1e-6f;

    public void Apply(Span<float> rows, Span<float> normal)
    {
        int width = scale.Length;
        for (int start = 0; start < rows.Length; start += width)
        {
            var row = rows.Slice(start, width);
            var target = normal.Slice(start, width);
            TensorPrimitives.Subtract(row, TensorPrimitives.Sum<float>(row) / width, target);
            float variance = TensorPrimitives.SumOfSquares<float>(target) / width;
            TensorPrimitives.Multiply(target, 1 / MathF.Sqrt(variance + Epsilon), target);
            TensorPrimitives.MultiplyAdd(target, scale, shift, target);
        }
    }
}
