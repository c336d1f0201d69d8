using System.Globalization;

namespace Pgvector;

/// <summary>A value of pgvector's type <c>vector</c>.</summary>
public class Vector : IEquatable<Vector>
{
    public Vector(ReadOnlyMemory<float> v) => Memory = v;

    public Vector(string s)
        : this(VectorText.Parse(s, static number => float.Parse(number, CultureInfo.InvariantCulture)))
    {
    }

    public ReadOnlyMemory<float> Memory { get; }

    public float[] ToArray() => Memory.ToArray();

    public override string ToString() => VectorText.Print(Memory.Span);

    public bool Equals(Vector? other) => other is not null && Memory.Span.SequenceEqual(other.Memory.Span);

    public override bool Equals(object? obj) => Equals(obj as Vector);

    public override int GetHashCode() => VectorText.Hash(Memory.Span);

    public static bool operator ==(Vector? x, Vector? y) => x is null ? y is null : x.Equals(y);

    public static bool operator !=(Vector? x, Vector? y) => !(x == y);
}
