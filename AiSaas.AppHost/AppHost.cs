using AiSaas.AppHost;

var builder = DistributedApplication.CreateBuilder(LocalDefaults.Before(args));
var local = LocalSettings.Read(builder);

// Secrets: generated once and kept, or taken from the environment of whoever starts us. No provider key is needed.
var postgresPassword = builder.AddGeneratedSecret("postgres-password");
var redisPassword = builder.AddGeneratedSecret("redis-password");
var appPassword = builder.AddGeneratedSecret("db-app-password");
var openAiKey = builder.AddProviderKey("openai-api-key", "OPENAI_API_KEY");
var anthropicKey = builder.AddProviderKey("anthropic-api-key", "ANTHROPIC_API_KEY");

// Stores: containers where an engine answers and always when published, local processes otherwise.
var containers = builder.ExecutionContext.IsPublishMode || ContainerEngine.Answers(builder.Configuration);
var postgres = containers
    ? builder.AddPostgresContainer(postgresPassword)
    : builder.AddPostgresProcess(postgresPassword, local);
var redis = containers
    ? builder.AddRedisContainer(redisPassword)
    : builder.AddRedisProcess(redisPassword, local);

// The services sign in as a role that owns nothing and so can't step over row-level security; only the migrator is the owner.
var database = builder.AddConnectionString("aisaas", ReferenceExpression.Create(
    $"Host={postgres.Host};Port={postgres.Port};Database=aisaas;Username=aisaas_app;Password={appPassword}"));
var ownedDatabase = builder.AddConnectionString("aisaas-owner", ReferenceExpression.Create(
    $"Host={postgres.Host};Port={postgres.Port};Database=aisaas;Username=postgres;Password={postgresPassword};Maximum Pool Size=5"));

var migrator = builder.AddProject<Projects.AiSaas_Migrator>("migrator", Plain)
    .WithEnvironment("Database__AppPassword", appPassword)
    .WithReference(ownedDatabase)
    .WithLocalEnvironment(local)
    .WaitFor(postgres.Server);

// Builds indexes of large tenants while the product runs: the owner's work too, and never a worker's, which reads strangers' files.
builder.AddProject<Projects.AiSaas_Migrator>("keeper", Plain)
    .WithArgs("keep")
    .WithReference(ownedDatabase)
    .WithLocalEnvironment(local)
    .WaitForCompletion(migrator);

var api = builder.AddProject<Projects.AiSaas_Api>("api", Plain)
    .WithServiceEndpoint(local.ApiPort)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health");

// One project, two jobs: documents must not wait for answers, nor answers for documents.
var documents = builder.AddProject<Projects.AiSaas_Ingestion>("worker-documents", Plain)
    .WithEnvironment("Worker__Queues", "ingest,maintenance,sources")
    .WithServiceEndpoint(port: null)
    .WithHttpHealthCheck("/health");

// Two that answer: when one dies, the other goes on with its answers after their lease (3 s), not after a restart. In the cloud they
// are one app with replicas.
IResourceBuilder<ProjectResource>[] answers = builder.ExecutionContext.IsPublishMode
    ? [AddAnswers("worker-answers").WithReplicas(2)]
    : [AddAnswers("worker-answers"), AddAnswers("worker-answers-2")];

foreach (var service in (IResourceBuilder<ProjectResource>[])[api, documents, .. answers])
{
    service
        .WithReference(database)
        .WithReference(redis.Connection, connectionName: "redis")
        .WithProviderKey("OPENAI_API_KEY", openAiKey)
        .WithProviderKey("ANTHROPIC_API_KEY", anthropicKey)
        .WithLocalEnvironment(local)
        .WaitForCompletion(migrator)
        .WaitFor(redis.Server);
}

var web = builder.AddProject<Projects.AiSaas_Web>("web", Plain)
    .WithServiceEndpoint(local.WebPort)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(api)
    .WithLocalEnvironment(local)
    .WaitFor(api);

builder.AddReadySignal(local, [web, api, documents, .. answers]);

builder.Build().Run();

IResourceBuilder<ProjectResource> AddAnswers(string name) => builder.AddProject<Projects.AiSaas_Ingestion>(name, Plain)
    .WithEnvironment("Worker__Queues", "chat,batch,evals,webhooks")
    .WithServiceEndpoint(port: null)
    .WithHttpHealthCheck("/health");

// What a launch profile would say is said here, once for every way to start.
static void Plain(ProjectResourceOptions options) => options.ExcludeLaunchProfile = true;
