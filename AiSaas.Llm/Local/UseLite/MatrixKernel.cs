using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AiSaas.Llm.Local.UseLite;

/// <summary>Dense multiplication: y[rows × n] = x[rows × k] · w[k × n] + bias.</summary>
/// <remarks>
/// 1. w is packed into panels of two registers' width; within a panel the k rows follow each other.
/// 2. For each panel, six rows of x at a time accumulate in twelve registers: each loaded weight serves six rows,
///    and twelve independent sums hide the latency of the multiply-add.
/// 3. The last rows go through tiles of three and one.
/// </remarks>
internal abstract unsafe class MatrixKernel
{
    public static MatrixKernel Best { get; } =
        Vector512.IsHardwareAccelerated ? new MatrixKernel<Lanes512, Vector512<float>>()
        : Vector256.IsHardwareAccelerated ? new MatrixKernel<Lanes256, Vector256<float>>()
        : new MatrixKernel<LanesAny, Vector<float>>();

    public abstract int PanelWidth { get; }

    public int Padded(int columns) => (columns + PanelWidth - 1) / PanelWidth * PanelWidth;

    /// <param name="x">Rows of k values, <paramref name="xStride"/> apart.</param>
    /// <param name="panels">Packed weights of k × n values; n is a multiple of the panel width.</param>
    /// <param name="bias">n values, or null for none.</param>
    /// <param name="y">Rows of n values, <paramref name="yStride"/> apart.</param>
    public abstract void Multiply(float* x, int xStride, int rows, float* panels, float* bias, int k, int n, float* y, int yStride);
}

internal sealed unsafe class MatrixKernel<TLanes, TVector> : MatrixKernel
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public override int PanelWidth => 2 * TLanes.Count;

    // Optimized at the first call: in tier 0 the lanes are calls, and the first question would wait for seconds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(float* x, int xStride, int rows, float* panels, float* bias, int k, int n, float* y, int yStride)
    {
        int width = 2 * TLanes.Count;
        for (int column = 0; column < n; column += width, panels += (nint)k * width)
        {
            var bias0 = bias == null ? default : TLanes.Load(bias + column);
            var bias1 = bias == null ? default : TLanes.Load(bias + column + TLanes.Count);
            int row = 0;
            for (; row + 6 <= rows; row += 6)
            {
                Tile6(x + (nint)row * xStride, xStride, panels, bias0, bias1, k, y + (nint)row * yStride + column, yStride);
            }

            for (; row + 3 <= rows; row += 3)
            {
                Tile3(x + (nint)row * xStride, xStride, panels, bias0, bias1, k, y + (nint)row * yStride + column, yStride);
            }

            for (; row < rows; row++)
            {
                Tile1(x + (nint)row * xStride, panels, bias0, bias1, k, y + (nint)row * yStride + column);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6(float* x, int stride, float* weights, TVector bias0, TVector bias1, int k, float* y, int yStride)
    {
        TVector a0 = bias0, a1 = bias1, b0 = bias0, b1 = bias1, c0 = bias0, c1 = bias1;
        TVector d0 = bias0, d1 = bias1, e0 = bias0, e1 = bias1, f0 = bias0, f1 = bias1;
        float* x3 = x + 3 * (nint)stride;
        for (int i = 0; i < k; i++, x++, x3++, weights += 2 * TLanes.Count)
        {
            var w0 = TLanes.Load(weights);
            var w1 = TLanes.Load(weights + TLanes.Count);
            var value = TLanes.Broadcast(x[0]);
            a0 = TLanes.MultiplyAdd(value, w0, a0);
            a1 = TLanes.MultiplyAdd(value, w1, a1);
            value = TLanes.Broadcast(x[stride]);
            b0 = TLanes.MultiplyAdd(value, w0, b0);
            b1 = TLanes.MultiplyAdd(value, w1, b1);
            value = TLanes.Broadcast(x[2 * (nint)stride]);
            c0 = TLanes.MultiplyAdd(value, w0, c0);
            c1 = TLanes.MultiplyAdd(value, w1, c1);
            value = TLanes.Broadcast(x3[0]);
            d0 = TLanes.MultiplyAdd(value, w0, d0);
            d1 = TLanes.MultiplyAdd(value, w1, d1);
            value = TLanes.Broadcast(x3[stride]);
            e0 = TLanes.MultiplyAdd(value, w0, e0);
            e1 = TLanes.MultiplyAdd(value, w1, e1);
            value = TLanes.Broadcast(x3[2 * (nint)stride]);
            f0 = TLanes.MultiplyAdd(value, w0, f0);
            f1 = TLanes.MultiplyAdd(value, w1, f1);
        }

        StoreRow(a0, a1, y);
        StoreRow(b0, b1, y += yStride);
        StoreRow(c0, c1, y += yStride);
        StoreRow(d0, d1, y += yStride);
        StoreRow(e0, e1, y += yStride);
        StoreRow(f0, f1, y + yStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile3(float* x, int stride, float* weights, TVector bias0, TVector bias1, int k, float* y, int yStride)
    {
        TVector a0 = bias0, a1 = bias1, b0 = bias0, b1 = bias1, c0 = bias0, c1 = bias1;
        for (int i = 0; i < k; i++, x++, weights += 2 * TLanes.Count)
        {
            var w0 = TLanes.Load(weights);
            var w1 = TLanes.Load(weights + TLanes.Count);
            var value = TLanes.Broadcast(x[0]);
            a0 = TLanes.MultiplyAdd(value, w0, a0);
            a1 = TLanes.MultiplyAdd(value, w1, a1);
            value = TLanes.Broadcast(x[stride]);
            b0 = TLanes.MultiplyAdd(value, w0, b0);
            b1 = TLanes.MultiplyAdd(value, w1, b1);
            value = TLanes.Broadcast(x[2 * (nint)stride]);
            c0 = TLanes.MultiplyAdd(value, w0, c0);
            c1 = TLanes.MultiplyAdd(value, w1, c1);
        }

        StoreRow(a0, a1, y);
        StoreRow(b0, b1, y += yStride);
        StoreRow(c0, c1, y + yStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1(float* x, float* weights, TVector bias0, TVector bias1, int k, float* y)
    {
        for (int i = 0; i < k; i++, weights += 2 * TLanes.Count)
        {
            var value = TLanes.Broadcast(x[i]);
            bias0 = TLanes.MultiplyAdd(value, TLanes.Load(weights), bias0);
            bias1 = TLanes.MultiplyAdd(value, TLanes.Load(weights + TLanes.Count), bias1);
        }

        StoreRow(bias0, bias1, y);
    }

    private static void StoreRow(TVector first, TVector second, float* y)
    {
        TLanes.Store(first, y);
        TLanes.Store(second, y + TLanes.Count);
    }
}
