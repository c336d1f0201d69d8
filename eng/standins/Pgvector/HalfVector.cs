using System.Globalization;

namespace Pgvector;

/// <summary>A value of pgvector's type <c>halfvec</c>.</summary>
public class HalfVector : IEquatable<HalfVector>
{
    public HalfVector(ReadOnlyMemory<Half> v) => Memory = v;

    public HalfVector(string s)
        : this(VectorText.Parse(s, static number => Half.Parse(number, CultureInfo.InvariantCulture)))
    {
    }

    public ReadOnlyMemory<Half> Memory { get; }

    public Half[] ToArray() => Memory.ToArray();

    public override string ToString() => VectorText.Print(Memory.Span);

    public bool Equals(HalfVector? other) => other is not null && Memory.Span.SequenceEqual(other.Memory.Span);

    public override bool Equals(object? obj) => Equals(obj as HalfVector);

    public override int GetHashCode() => VectorText.Hash(Memory.Span);

    public static bool operator ==(HalfVector? x, HalfVector? y) => x is null ? y is null : x.Equals(y);

    public static bool operator !=(HalfVector? x, HalfVector? y) => !(x == y);
}
