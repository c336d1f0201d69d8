using AiSaas.Core.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace AiSaas.Core.Persistence;

/// <summary>The entities. Schema comes from the SQL migrations; each entity's mapping stands in a configuration class of its feature.</summary>
/// <remarks>A tenant's entities are reached through <see cref="TenantWork.Entities"/> only: anywhere else the wall hides them.</remarks>
public sealed class AiSaasDb(DbContextOptions<AiSaasDb> options) : IdentityUserContext<User, Guid>(options)
{
    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.HasPostgresExtension("vector");
        builder.ApplyConfigurationsFromAssembly(typeof(AiSaasDb).Assembly);
        SnakeCase.Apply(builder);
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        IdConversions.Apply(configurationBuilder);
    }
}
