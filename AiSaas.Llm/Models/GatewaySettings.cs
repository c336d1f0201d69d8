using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Models;

/// <summary>Reads the section <c>Gateway</c>. What can't be read is left out and told to the validator, which names it with all other faults.</summary>
internal sealed class GatewaySettings(IConfiguration configuration) : IConfigureOptions<GatewayOptions>
{
    public void Configure(GatewayOptions options)
    {
        SettingsCheck check = new();
        check.Readable(configuration.GetSection(GatewayOptions.Section), typeof(GatewayOptions)).Bind(options);
        options.Unreadable = check.Faults;
    }
}
