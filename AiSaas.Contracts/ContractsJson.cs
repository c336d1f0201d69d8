using System.Text.Json.Serialization;
using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;
using AiSaas.Contracts.Gateway;
using AiSaas.Contracts.Identity;
using AiSaas.Contracts.Jobs;
using AiSaas.Contracts.Retrieval;
using AiSaas.Contracts.Usage;

namespace AiSaas.Contracts;

/// <summary>How every shape of this project is read and written: camelCase, nulls left out, no reflection.</summary>
[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(RegisterRequest))]
[JsonSerializable(typeof(RegisterResponse))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(LoginResponse))]
[JsonSerializable(typeof(Me))]
[JsonSerializable(typeof(UpdateProfileRequest))]
[JsonSerializable(typeof(SwitchTenantRequest))]
[JsonSerializable(typeof(CreateKeyRequest))]
[JsonSerializable(typeof(CreatedKey))]
[JsonSerializable(typeof(Page<KeySummary>))]
[JsonSerializable(typeof(CreateCollectionRequest))]
[JsonSerializable(typeof(UpdateCollectionRequest))]
[JsonSerializable(typeof(CollectionSummary))]
[JsonSerializable(typeof(Page<CollectionSummary>))]
[JsonSerializable(typeof(UploadAccepted))]
[JsonSerializable(typeof(DocumentInfo))]
[JsonSerializable(typeof(Page<DocumentInfo>))]
[JsonSerializable(typeof(DocumentPage))]
[JsonSerializable(typeof(Page<DocumentChunk>))]
[JsonSerializable(typeof(Deleted))]
[JsonSerializable(typeof(SampleAdded))]
[JsonSerializable(typeof(SearchRequest))]
[JsonSerializable(typeof(SearchResponse))]
[JsonSerializable(typeof(CreateConversationRequest))]
[JsonSerializable(typeof(UpdateConversationRequest))]
[JsonSerializable(typeof(ConversationSummary))]
[JsonSerializable(typeof(ConversationDetail))]
[JsonSerializable(typeof(Page<ConversationSummary>))]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(IReadOnlyList<Citation>))]
[JsonSerializable(typeof(IReadOnlyList<FoundPassage>))]
[JsonSerializable(typeof(IReadOnlyList<ModelAttempt>))]
[JsonSerializable(typeof(AskRequest))]
[JsonSerializable(typeof(AskAccepted))]
[JsonSerializable(typeof(RunInfo))]
[JsonSerializable(typeof(Suggestions))]
[JsonSerializable(typeof(JobInfo))]
[JsonSerializable(typeof(JobList))]
[JsonSerializable(typeof(JobLog))]
[JsonSerializable(typeof(RetryJobsRequest))]
[JsonSerializable(typeof(RetriedJobs))]
[JsonSerializable(typeof(PurgedJobs))]
[JsonSerializable(typeof(CreateScheduleRequest))]
[JsonSerializable(typeof(UpdateScheduleRequest))]
[JsonSerializable(typeof(ScheduleInfo))]
[JsonSerializable(typeof(Page<ScheduleInfo>))]
[JsonSerializable(typeof(ScheduleRun))]
[JsonSerializable(typeof(SchedulePreview))]
[JsonSerializable(typeof(Page<GatewayProvider>))]
[JsonSerializable(typeof(GatewayProvider))]
[JsonSerializable(typeof(AddProviderKeyRequest))]
[JsonSerializable(typeof(OwnProviderKey))]
[JsonSerializable(typeof(Page<OwnProviderKey>))]
[JsonSerializable(typeof(Page<GatewayRoute>))]
[JsonSerializable(typeof(RouteExplanation))]
[JsonSerializable(typeof(GatewayLive))]
[JsonSerializable(typeof(Page<CallSummary>))]
[JsonSerializable(typeof(CallDetail))]
[JsonSerializable(typeof(IReadOnlyList<CallAttempt>))]
[JsonSerializable(typeof(PriceList))]
[JsonSerializable(typeof(PutPricesRequest))]
[JsonSerializable(typeof(GatewayLimits))]
[JsonSerializable(typeof(UsageReport))]
[JsonSerializable(typeof(PutBudgetRequest))]
[JsonSerializable(typeof(BudgetInfo))]
[JsonSerializable(typeof(Page<BudgetInfo>))]
public sealed partial class ContractsJson : JsonSerializerContext;
