using System.Numerics.Tensors;

namespace AiSaas.Llm.Local.UseLite;

/// <summary>One pre-norm transformer layer: attention, then a feed-forward step, each added to its input.</summary>
internal sealed unsafe class TransformerLayer
{
    private const int Width = UseLiteModel.Dimensions;
    private const int Inner = UseLiteModel.InnerWidth;

    private readonly int _inputWidth;
    private readonly LayerNormalization _beforeAttention;
    private readonly PackedMatrix _queriesKeysValues;
    private readonly SelfAttention _attention;
    private readonly PackedMatrix _attentionOutput;

    // The first layer widens 256 to 512 inputs before it adds; the second adds them as they are.
    private readonly PackedMatrix? _widen;
    private readonly LayerNormalization _beforeFeedForward;
    private readonly PackedMatrix _expand;
    private readonly PackedMatrix _contract;

    public TransformerLayer(WeightFile weights, MatrixKernel kernel, int index, int inputWidth)
    {
        string layer = $"/Layer_{index}/TransformerLayer/";
        _inputWidth = inputWidth;
        _attention = new(kernel, inputWidth);
        _beforeAttention = Norm(layer + "layer_prepostprocess", inputWidth);
        _queriesKeysValues = Dense("qkv_transform_single/kernel", "qkv_transform_single/bias", inputWidth, 3 * inputWidth);
        _attentionOutput = Dense("output_transform_single/kernel", "output_transform_single/bias", inputWidth, Width);
        _widen = inputWidth == Width ? null : Dense("TransformerLayer/dense/kernel", "TransformerLayer/dense/bias", inputWidth, Width);
        _beforeFeedForward = Norm(layer + "FFN/layer_prepostprocess", Width);
        _expand = Dense("FFN/conv1/Tensordot", "FFN/conv1/bias", Width, Inner);
        _contract = Dense("FFN/conv2/Tensordot", "FFN/conv2/bias", Inner, Width);

        LayerNormalization Norm(string name, int width) =>
            new(weights.Find(width, name, "layer_norm_scale"), weights.Find(width, name, "layer_norm_bias"));

        PackedMatrix Dense(string matrix, string bias, int inputs, int outputs) =>
            new(kernel, weights.Find(inputs * outputs, layer, matrix), weights.Find(outputs, layer, bias));
    }

    /// <summary>Replaces the first rows of <see cref="Scratch.Rows"/> by this layer's output.</summary>
    public void Apply(Scratch scratch, int rows)
    {
        float* wide = scratch.Wide.Pointer;
        var result = scratch.Rows.Span[..(rows * Width)];
        var output = scratch.Output.Span[..(rows * Width)];
        int inputs = rows * _inputWidth;

        _beforeAttention.Apply(scratch.Rows.Span[..inputs], scratch.Normal.Span[..inputs]);
        _queriesKeysValues.Multiply(scratch.Normal.Pointer, rows, wide);
        _attention.Apply(scratch, rows);
        _attentionOutput.Multiply(scratch.Normal.Pointer, rows, scratch.Output.Pointer);
        if (_widen is not null)
        {
            _widen.Multiply(scratch.Rows.Pointer, rows, wide);
            scratch.Wide.Span[..(rows * Width)].CopyTo(result);
        }

        TensorPrimitives.Add(result, output, result);

        _beforeFeedForward.Apply(result, scratch.Normal.Span[..(rows * Width)]);
        _expand.Multiply(scratch.Normal.Pointer, rows, wide);
        var inner = scratch.Wide.Span[..(rows * Inner)];
        TensorPrimitives.Max(inner, 0f, inner);
        _contract.Multiply(wide, rows, scratch.Output.Pointer);
        TensorPrimitives.Add(result, output, result);
    }
}
