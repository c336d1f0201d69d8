using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Web;

namespace AiSaas.Tests.Browser;

/// <summary>The whole product as a browser meets it: web in front of api and workers.</summary>
public sealed class Site(PostgresServer postgres) : IAsyncLifetime
{
    private WebHost? _web;

    public Product Product { get; } = new(postgres);

    public Uri Address => _web!.ClientOptions.BaseAddress;

    public async ValueTask InitializeAsync()
    {
        await Product.InitializeAsync();
        _web = new WebHost(Product.Api.ToString().TrimEnd('/'));
    }

    public async ValueTask DisposeAsync()
    {
        if (_web is not null)
        {
            await _web.DisposeAsync();
        }

        await Product.DisposeAsync();
    }
}
