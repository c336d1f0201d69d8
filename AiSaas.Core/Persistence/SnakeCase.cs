using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace AiSaas.Core.Persistence;

/// <summary>Names columns as the migrations do: <c>CreatedAt</c> → <c>created_at</c>.</summary>
internal static class SnakeCase
{
    public static void Apply(ModelBuilder builder)
    {
        foreach (var property in builder.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
        {
            property.SetColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
        }
    }
}
