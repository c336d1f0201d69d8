using System.Numerics.Tensors;

namespace AiSaas.Llm.Local.UseLite;

/// <summary>Attention of every token to every other, in four heads.</summary>
/// <remarks>
/// Per head: 1. pack the keys transposed and the values as panels, so that both products run in the dense kernel;
/// 2. scores = queries · keys; 3. softmax each row; 4. output = scores · values.
/// </remarks>
internal sealed unsafe class SelfAttention(MatrixKernel kernel, int width)
{
    private const int Heads = 4;

    private readonly int _headWidth = width / Heads;

    /// <summary>Reads queries, keys and values from <see cref="Scratch.Wide"/>, writes <see cref="Scratch.Normal"/>.</summary>
    public void Apply(Scratch scratch, int rows)
    {
        int columns = kernel.Padded(rows);
        for (int head = 0; head < Heads; head++)
        {
            float* queries = scratch.Wide.Pointer + head * _headWidth;
            PackKeys(queries + width, scratch.Keys.Span, rows);
            PackValues(queries + 2 * width, scratch.Values.Span, rows);
            kernel.Multiply(queries, 3 * width, rows, scratch.Keys.Pointer, null, _headWidth, columns, scratch.Scores.Pointer, columns);
            for (int row = 0; row < rows; row++)
            {
                Softmax(scratch.Scores.Span.Slice(row * columns, rows));
            }

            kernel.Multiply(scratch.Scores.Pointer, columns, rows, scratch.Values.Pointer, null, rows, _headWidth,
                scratch.Normal.Pointer + head * _headWidth, width);
        }
    }

    // The softmax's 1/√width is put on the keys here, once for each instead of once for each pair.
    private void PackKeys(float* keys, Span<float> panels, int rows)
    {
        float scale = 1 / MathF.Sqrt(_headWidth);
        int panelSize = _headWidth * kernel.PanelWidth;
        panels[..(kernel.Padded(rows) * _headWidth)].Clear();
        for (int row = 0; row < rows; row++)
        {
            float* key = keys + (nint)row * 3 * width;
            var column = panels[(row / kernel.PanelWidth * panelSize + row % kernel.PanelWidth)..];
            for (int i = 0; i < _headWidth; i++)
            {
                column[i * kernel.PanelWidth] = key[i] * scale;
            }
        }
    }

    private void PackValues(float* values, Span<float> panels, int rows)
    {
        for (int column = 0; column < _headWidth; column += kernel.PanelWidth)
        {
            for (int row = 0; row < rows; row++, panels = panels[kernel.PanelWidth..])
            {
                new ReadOnlySpan<float>(values + (nint)row * 3 * width + column, kernel.PanelWidth).CopyTo(panels);
            }
        }
    }

    // TensorPrimitives.SoftMax does not subtract the greatest score first and overflows on long inputs.
    private static void Softmax(Span<float> scores)
    {
        TensorPrimitives.Subtract(scores, TensorPrimitives.Max<float>(scores), scores);
        TensorPrimitives.Exp<float>(scores, scores);
        TensorPrimitives.Multiply(scores, 1 / TensorPrimitives.Sum<float>(scores), scores);
    }
}
