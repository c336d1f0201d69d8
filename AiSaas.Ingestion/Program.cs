using AiSaas.Ingestion;
using AiSaas.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddSettingsFile();
builder.AddServiceDefaults();
builder.AddHandlers();

var app = builder.Build();
app.MapDefaultEndpoints();
await app.RunOrExplainAsync();
