using System.Text;
using System.Text.RegularExpressions;
using AiSaas.Llm;
using AiSaas.Llm.Models;
using AiSaas.Llm.Providers;
using AiSaas.Llm.Routing;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiSaas.Tests.Gateway.Admin;

public sealed partial class DocumentedSettingsTests
{
    [Fact]
    public async Task The_complete_example_of_the_documentation_is_read_without_a_fault()
    {
        string document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "gateway.md"), TestContext.Current.CancellationToken);
        using MemoryStream json = new(Encoding.UTF8.GetBytes(Example().Match(document).Groups[1].Value));
        var configuration = new ConfigurationBuilder().AddJsonStream(json).Build();
        await using var services = new ServiceCollection().AddLogging().AddLlm(configuration).BuildServiceProvider();

        var options = services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        var registry = services.GetRequiredService<ProviderRegistry>();
        var routes = services.GetRequiredService<RouteTable>();

        Assert.Equal(7, registry.All.Count);
        Assert.Equal(2, registry.Find("openai")!.Keys.Count);
        Assert.Equal(["long", "own-gpu"], routes.FindChat("default")!.OnContextTooLong.Concat(routes.FindChat("house")!.OnContentRefused).Select(route => route.Name));
        Assert.All(options.Models.Keys, name => Assert.NotNull(routes.FindChat(name)));
        Assert.NotNull(routes.FindEmbeddings("fine"));
        Assert.Equal(4, options.Models.Values.Select(model => model.Strategy).Distinct().Count());
    }

    [GeneratedRegex("## A complete example\n```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
