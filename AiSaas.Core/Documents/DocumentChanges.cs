using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;

namespace AiSaas.Core.Documents;

internal static class DocumentChanges
{
    /// <summary>Wakes the document's watchers once they can see the change.</summary>
    public static void ChangedWhenCommitted(this ChangeSignals signals, TenantWork work, DocumentId document) =>
        work.OnCommitted(_ =>
        {
            signals.Changed(work.Tenant, document.Value);
            return Task.CompletedTask;
        });
}
