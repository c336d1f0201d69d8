namespace AiSaas.Llm.Local.UseLite;

/// <summary>Weights and bias of one dense step, laid out for a kernel.</summary>
internal sealed unsafe class PackedMatrix
{
    private readonly MatrixKernel _kernel;
    private readonly AlignedBuffer _panels;
    private readonly AlignedBuffer _bias;
    private readonly int _inputs;
    private readonly int _outputs;

    /// <param name="kernel">The kernel that will multiply; it decides the layout.</param>
    /// <param name="weights">inputs × outputs, row by row.</param>
    /// <param name="bias">One value an output; their number is a multiple of the kernel's panel width.</param>
    public PackedMatrix(MatrixKernel kernel, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias)
    {
        (_kernel, _outputs, _inputs) = (kernel, bias.Length, weights.Length / bias.Length);
        if (_outputs % kernel.PanelWidth != 0 || _inputs * _outputs != weights.Length)
        {
            throw new ArgumentException($"{weights.Length} weights do not make columns of {_outputs} in panels of {kernel.PanelWidth}.", nameof(weights));
        }

        _bias = new(_outputs);
        bias.CopyTo(_bias.Span);
        _panels = new(weights.Length);
        var target = _panels.Span;
        for (int column = 0; column < _outputs; column += kernel.PanelWidth)
        {
            for (int row = 0; row < _inputs; row++, target = target[kernel.PanelWidth..])
            {
                weights.Slice(row * _outputs + column, kernel.PanelWidth).CopyTo(target);
            }
        }
    }

    /// <summary>Rows of x and y lie close together, without gaps.</summary>
    public void Multiply(float* x, int rows, float* y)
    {
        _kernel.Multiply(x, _inputs, rows, _panels.Pointer, _bias.Pointer, _inputs, _outputs, y, _outputs);
        GC.KeepAlive(this);
    }
}
