using AiSaas.Core.Tenancy;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace AiSaas.Core.Persistence;

/// <summary>Maps every id type of the product to <c>uuid</c>.</summary>
internal static class IdConversions
{
    public static void Apply(ModelConfigurationBuilder configuration)
    {
        foreach (var type in typeof(IdConversions).Assembly.GetTypes().Where(type => type.IsValueType && type.IsAssignableTo(typeof(IId))))
        {
            configuration.Properties(type).HaveConversion(typeof(IdConverter<>).MakeGenericType(type));
        }
    }

    private sealed class IdConverter<TId>() : ValueConverter<TId, Guid>(id => id.Value, value => Make<TId>(value))
        where TId : struct, IId<TId>;

    // Expression trees can't hold a static abstract call.
    private static TId Make<TId>(Guid value)
        where TId : struct, IId<TId> => TId.From(value);
}
