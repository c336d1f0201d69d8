using AiSaas.Core.Persistence;
using AiSaas.Migrator;
using AiSaas.ServiceDefaults;
using Npgsql;

var builder = Host.CreateApplicationBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddSingleton(NpgsqlDataSource.Create(builder.Configuration.GetConnectionString("aisaas-owner")
    ?? throw new InvalidOperationException("ConnectionStrings:aisaas-owner is not set: start the product by its AppHost (./run).")));
builder.Services.AddSingleton<DatabaseMigrator>();
builder.Services.AddHostedService<MigrateThenStop>();

var host = builder.Build();
await host.RunAsync();
return Environment.ExitCode;
