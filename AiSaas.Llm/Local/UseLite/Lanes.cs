using System.Numerics;
using System.Runtime.Intrinsics;

namespace AiSaas.Llm.Local.UseLite;

/// <summary>What the kernel needs of a vector register, so that it is written once for every width.</summary>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    static abstract int Count { get; }

    static abstract TVector Load(float* source);

    static abstract TVector Broadcast(float value);

    /// <summary>left × right + sum, fused where the hardware can.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector sum);

    static abstract void Store(TVector vector, float* target);
}

internal readonly unsafe struct Lanes512 : ILanes<Vector512<float>>
{
    public static int Count => Vector512<float>.Count;

    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    public static Vector512<float> MultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> sum) =>
        Vector512.MultiplyAddEstimate(left, right, sum);

    public static void Store(Vector512<float> vector, float* target) => vector.Store(target);
}

internal readonly unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    public static int Count => Vector256<float>.Count;

    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    public static Vector256<float> MultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> sum) =>
        Vector256.MultiplyAddEstimate(left, right, sum);

    public static void Store(Vector256<float> vector, float* target) => vector.Store(target);
}

/// <summary>Whatever width the runtime has: 128 bits on ARM64 and old x86.</summary>
internal readonly unsafe struct LanesAny : ILanes<Vector<float>>
{
    public static int Count => Vector<float>.Count;

    public static Vector<float> Load(float* source) => Vector.Load(source);

    public static Vector<float> Broadcast(float value) => Vector.Create(value);

    public static Vector<float> MultiplyAdd(Vector<float> left, Vector<float> right, Vector<float> sum) =>
        Vector.MultiplyAddEstimate(left, right, sum);

    public static void Store(Vector<float> vector, float* target) => vector.Store(target);
}
