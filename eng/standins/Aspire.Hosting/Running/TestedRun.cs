using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

[assembly: InternalsVisibleTo("Aspire.Hosting.Testing")]

namespace Aspire.Hosting.Running;

/// <summary>An AppHost's own <c>Main</c>, run on a thread by a test, which holds it at its turning points.</summary>
/// <remarks>
/// 1. <c>Main</c> runs until it calls <c>Build()</c>: the test gets the builder and may change it.
/// 2. The test builds; <c>Main</c> goes on to <c>Run()</c>, which here only waits.
/// 3. The test starts, stops and disposes the application; then <c>Run()</c> returns.
/// </remarks>
internal sealed class TestedRun(Assembly entryAssembly, Action<DistributedApplicationOptions> configure)
{
    private static readonly AsyncLocal<TestedRun?> Local = new();

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static TestedRun? Current => Local.Value;

    public Assembly EntryAssembly => entryAssembly;

    public Task Ended => _ended.Task;

    public Task<DistributedApplicationBuilder> StartAsync(string[] args)
    {
        var main = entryAssembly.EntryPoint ?? throw new InvalidOperationException($"{entryAssembly.GetName().Name} has no entry point.");
        Thread thread = new(() =>
        {
            Local.Value = this;
            try
            {
                main.Invoke(null, main.GetParameters().Length == 0 ? [] : [args]);
                Fail(new InvalidOperationException("The entry point exited without building an application."));
            }
            catch (Exception failure)
            {
                Fail(failure is TargetInvocationException { InnerException: { } inner } ? inner : failure);
            }
        })
        {
            IsBackground = true,
            Name = $"{entryAssembly.GetName().Name} under test",
        };
        thread.Start();
        return _builder.Task;
    }

    public Task<DistributedApplication> BuildAsync()
    {
        _goOn.TrySetResult();
        return _application.Task;
    }

    public void Configure(DistributedApplicationOptions options) => configure(options);

    public void AwaitBuild(DistributedApplicationBuilder builder)
    {
        _builder.TrySetResult(builder);
        _goOn.Task.GetAwaiter().GetResult();
    }

    public void Built(DistributedApplication application) => _application.TrySetResult(application);

    public void End()
    {
        _goOn.TrySetException(new OperationCanceledException("The test ended before it built the application."));
        _ended.TrySetResult();
    }

    private void Fail(Exception failure)
    {
        var dispatched = ExceptionDispatchInfo.SetCurrentStackTrace(failure);
        _builder.TrySetException(dispatched);
        _application.TrySetException(dispatched);
        _ = (_builder.Task.Exception, _application.Task.Exception);
    }
}
