using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Migrator;
using AiSaas.ServiceDefaults;
using Npgsql;

var builder = Host.CreateApplicationBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddSingleton(NpgsqlDataSource.Create(builder.Configuration.GetConnectionString("aisaas-owner")
    ?? throw new InvalidOperationException("ConnectionStrings:aisaas-owner is not set: start the product by its AppHost (./run).")));
if (args.Contains("keep"))
{
    builder.Services.AddOptions<VectorIndexOptions>().BindConfiguration(VectorIndexOptions.Section).ValidateDataAnnotations().ValidateOnStart();
    builder.Services.AddSingleton<VectorIndexes>();
    builder.Services.AddOptions<WordListOptions>().BindConfiguration(WordListOptions.Section).ValidateDataAnnotations().ValidateOnStart();
    builder.Services.AddSingleton<WordLists>();
    builder.Services.AddHostedService<KeepIndexes>();
}
else
{
    builder.Services.AddSingleton<DatabaseMigrator>();
    builder.Services.AddHostedService<MigrateThenStop>();
}

var host = builder.Build();
await host.RunAsync();
return Environment.ExitCode;
