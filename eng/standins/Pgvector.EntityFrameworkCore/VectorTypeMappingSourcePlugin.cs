using Microsoft.EntityFrameworkCore.Storage;

namespace Pgvector.EntityFrameworkCore;

public class VectorTypeMappingSourcePlugin : IRelationalTypeMappingSourcePlugin
{
    private static readonly Dictionary<string, Type> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        ["vector"] = typeof(Vector),
        ["halfvec"] = typeof(HalfVector),
        ["sparsevec"] = typeof(SparseVector),
    };

    public RelationalTypeMapping? FindMapping(in RelationalTypeMappingInfo mappingInfo)
    {
        var info = mappingInfo;
        // The base name lacks the dimensions: halfvec(512) is a halfvec.
        string? name = info.StoreTypeNameBase;
        if (info.ClrType is null)
        {
            return name is not null && Types.TryGetValue(name, out var type) ? new Mapping(info.StoreTypeName!, type) : null;
        }

        string? own = Types.FirstOrDefault(pair => pair.Value == info.ClrType).Key;
        return own is null ? null : new Mapping(info.StoreTypeName ?? own, info.ClrType);
    }

    private sealed class Mapping : RelationalTypeMapping
    {
        internal Mapping(string storeType, Type type)
            : base(storeType, type)
        {
        }

        private Mapping(RelationalTypeMappingParameters parameters)
            : base(parameters)
        {
        }

        protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new Mapping(parameters);

        protected override string GenerateNonNullSqlLiteral(object value) => $"'{value}'::{StoreType}";
    }
}
