using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace AiSaas.ServiceDefaults;

public static class SettingsFile
{
    /// <summary>Adds the JSON file that <c>AISAAS_SETTINGS</c> names (<c>./run --settings FILE</c>), over everything else.</summary>
    /// <exception cref="FileNotFoundException">The variable names a file that isn't there: better no start than other settings.</exception>
    public static TBuilder AddSettingsFile<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        if (builder.Configuration["AISAAS_SETTINGS"] is { Length: > 0 } path)
        {
            builder.Configuration.AddJsonFile(Path.GetFullPath(path), optional: false, reloadOnChange: false);
        }

        return builder;
    }
}
