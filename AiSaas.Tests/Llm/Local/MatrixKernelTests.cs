using System.Numerics;
using System.Runtime.Intrinsics;
using AiSaas.Llm.Local.UseLite;

namespace AiSaas.Tests.Llm.Local;

/// <summary>The reference width: one value at a time.</summary>
internal readonly unsafe struct LanesOne : ILanes<float>
{
    public static int Count => 1;

    public static float Load(float* source) => *source;

    public static float Broadcast(float value) => value;

    public static float MultiplyAdd(float left, float right, float sum) => left * right + sum;

    public static void Store(float vector, float* target) => *target = vector;
}

public sealed class MatrixKernelTests
{
    public static TheoryData<string, int, int, int> Shapes => [.. from kernel in Kernels.Keys
                                                                  from rows in new[] { 1, 2, 3, 5, 6, 7, 11, 12, 128 }
                                                                  from shape in new[] { (Inputs: 1, Outputs: 32), (Inputs: 67, Outputs: 96) }
                                                                  select (kernel, rows, shape.Inputs, shape.Outputs)];

    private static readonly Dictionary<string, MatrixKernel> Kernels = new()
    {
        ["512 bits"] = new MatrixKernel<Lanes512, Vector512<float>>(),
        ["256 bits"] = new MatrixKernel<Lanes256, Vector256<float>>(),
        ["any width"] = new MatrixKernel<LanesAny, Vector<float>>(),
        ["one lane"] = new MatrixKernel<LanesOne, float>(),
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public unsafe void Any_width_and_any_number_of_rows_multiplies_like_three_plain_loops(string kernel, int rows, int inputs, int outputs)
    {
        Random random = new(rows * 1000 + inputs);
        float[] weights = Values(random, inputs * outputs), bias = Values(random, outputs), x = Values(random, rows * inputs);
        float[] y = new float[rows * outputs];

        PackedMatrix matrix = new(Kernels[kernel], weights, bias);
        fixed (float* from = x, to = y)
        {
            matrix.Multiply(from, rows, to);
        }

        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < outputs; column++)
            {
                double sum = bias[column];
                for (int i = 0; i < inputs; i++)
                {
                    sum += (double)x[row * inputs + i] * weights[i * outputs + column];
                }

                Assert.Equal(sum, y[row * outputs + column], 1e-4);
            }
        }
    }

    [Fact]
    public void Weights_that_fill_no_panel_are_refused() =>
        Assert.Throws<ArgumentException>(() => new PackedMatrix(new MatrixKernel<LanesOne, float>(), new float[9], new float[3]));

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
}
