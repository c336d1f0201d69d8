using AiSaas.ServiceDefaults;
using AiSaas.Web.Api;
using AiSaas.Web.Chat;
using AiSaas.Web.Components;
using AiSaas.Web.Forwarding;
using AiSaas.Web.Quality;
using AiSaas.Web.Security;
using AiSaas.Web.Visitors;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    // Pages take forms; what is forwarded has the api's own limits.
    kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
});
builder.AddServiceDefaults();
builder.Services.AddApiClient();
builder.Services.AddApiForwarder();
builder.Services.AddVisitors();
builder.Services.AddChat();
builder.Services.AddRazorComponents();

var app = builder.Build();
app.UseSecurityHeaders();
app.UseErrorPages();
app.UseRouting();
app.UseFetchMetadata();
app.UseVisitors();
app.MapDefaultEndpoints();
app.MapStaticAssets();
app.MapApiForwarder();
app.MapVisitorForms();
app.MapUploadForm();
app.MapQualityForms();
app.MapChat();
app.MapRazorComponents<App>().DisableAntiforgery();
app.Run();
