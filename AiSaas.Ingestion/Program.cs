using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Runs;
using AiSaas.Ingestion.Worker;
using AiSaas.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddPersistence();
builder.AddRedis();
builder.Services.AddJobs();
builder.Services.AddRuns();
builder.AddWorker();

var app = builder.Build();
app.MapDefaultEndpoints();
await app.RunAsync();
