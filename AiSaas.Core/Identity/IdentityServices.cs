using AiSaas.Core.Persistence;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Core.Identity;

public static class IdentityServices
{
    /// <summary>People, their workspaces and keys. Needs persistence.</summary>
    public static IServiceCollection AddAiSaasIdentity(this IServiceCollection services)
    {
        services.AddIdentityCore<User>(options =>
        {
            // Length is what makes a password strong; rules of composition make people write it down.
            options.Password = new PasswordOptions
            {
                RequiredLength = 8,
                RequiredUniqueChars = 3,
                RequireDigit = false,
                RequireLowercase = false,
                RequireUppercase = false,
                RequireNonAlphanumeric = false,
            };
            options.User.RequireUniqueEmail = true;
            // Addresses are names here, in any script; the endpoint has checked their shape.
            options.User.AllowedUserNameCharacters = "";
            options.Lockout.MaxFailedAccessAttempts = 10;
            options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
        }).AddEntityFrameworkStores<AiSaasDb>();
        services.AddSharedKeyRing();
        services.TryAddSingleton<MembershipDirectory>();
        services.TryAddSingleton<ApiKeyDirectory>();
        services.TryAddSingleton<ApiKeys>();
        services.AddScoped<Registration>();
        services.AddScoped<SignIn>();
        return services;
    }

    /// <summary>Data protection whose keys every process of the product shares: what one encrypts, all can read.</summary>
    internal static IServiceCollection AddSharedKeyRing(this IServiceCollection services)
    {
        services.AddOptions<KeyRingOptions>().BindConfiguration(KeyRingOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KeyRingOptions>, KeyRingOptionsValidator>());
        services.AddDataProtection().SetApplicationName("AiSaas");
        return services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options =>
            {
                options.XmlRepository = new PostgresKeyRing(provider.GetRequiredService<NpgsqlDataSource>());
                options.XmlEncryptor = provider.GetRequiredService<IOptions<KeyRingOptions>>().Value.MasterKeys is [var first, ..]
                    ? new KeyRingEncryption(MasterKey.Read(first)!)
                    : null;
            }));
    }
}
