using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Infrastructure;

/// <summary>One of the product's own programs, run in this process on a real socket with its own <c>Program.cs</c>.</summary>
/// <typeparam name="TInside">Any type of the program's assembly.</typeparam>
public sealed class ServiceHost<TInside> : WebApplicationFactory<TInside>
    where TInside : class
{
    private readonly IReadOnlyDictionary<string, string?> _settings;
    private readonly Action<IServiceCollection>? _configure;

    public ServiceHost(IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection>? configure = null)
    {
        _settings = settings;
        _configure = configure;
        UseKestrel(0);
        StartServer();
        Address = ClientOptions.BaseAddress;
    }

    public Uri Address { get; }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Testing");
        foreach (var (key, value) in _settings)
        {
            builder.UseSetting(key, value);
        }

        if (_configure is not null)
        {
            builder.ConfigureServices(_configure);
        }
    }
}
