using AiSaas.Api;
using AiSaas.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddSettingsFile();
builder.AddServiceDefaults();
builder.AddApi();

var app = builder.Build();
app.UseProblemResponses();
app.UseApi();
app.MapDefaultEndpoints();
app.MapApi();
await app.RunOrExplainAsync();
