using System.Runtime.ExceptionServices;

namespace AiSaas.Ingestion.Documents;

/// <summary>Runs the parts of a pipeline side by side.</summary>
internal static class Together
{
    /// <summary>Ends when all have ended. The first that fails stops the others, and its exception is the one thrown.</summary>
    public static async Task RunAsync(CancellationToken cancellation, params IEnumerable<Func<CancellationToken, Task>> parts)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Exception? first = null;
        await Task.WhenAll(parts.Select(part => Task.Run(
            async () =>
            {
                try
                {
                    await part(stop.Token);
                }
                catch (Exception failure)
                {
                    if (Interlocked.CompareExchange(ref first, failure, null) is null)
                    {
                        await stop.CancelAsync();
                    }
                }
            },
            CancellationToken.None)));
        cancellation.ThrowIfCancellationRequested();
        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
