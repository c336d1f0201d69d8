using Npgsql.Internal;
using Npgsql.Internal.Postgres;

namespace Pgvector.Npgsql;

public class VectorTypeInfoResolverFactory : PgTypeInfoResolverFactory
{
    public override IPgTypeInfoResolver CreateResolver() => new Resolver(arrays: false);

    public override IPgTypeInfoResolver? CreateArrayResolver() => new Resolver(arrays: true);

    private sealed class Resolver(bool arrays) : IPgTypeInfoResolver
    {
        private readonly TypeInfoMappingCollection _mappings = Map(arrays);

        public PgTypeInfo? GetTypeInfo(Type? type, DataTypeName? dataTypeName, PgSerializerOptions options) =>
            _mappings.Find(type, dataTypeName, options);

        private static TypeInfoMappingCollection Map(bool arrays)
        {
            TypeInfoMappingCollection mappings = new();
            mappings.AddType<Vector>(
                "vector", static (options, mapping, _) => mapping.CreateInfo(options, new VectorConverter()), isDefault: true);
            mappings.AddType<HalfVector>(
                "halfvec", static (options, mapping, _) => mapping.CreateInfo(options, new HalfvecConverter()), isDefault: true);
            mappings.AddType<SparseVector>(
                "sparsevec", static (options, mapping, _) => mapping.CreateInfo(options, new SparsevecConverter()), isDefault: true);
            if (arrays)
            {
                mappings.AddArrayType<Vector>("vector");
                mappings.AddArrayType<HalfVector>("halfvec");
                mappings.AddArrayType<SparseVector>("sparsevec");
            }

            return mappings;
        }
    }
}
