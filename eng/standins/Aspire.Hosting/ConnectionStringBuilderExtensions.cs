using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public sealed class ConnectionStringResource(string name, ReferenceExpression connectionStringExpression)
    : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
{
    public ReferenceExpression ConnectionStringExpression { get; } = connectionStringExpression;
}

public static class ConnectionStringBuilderExtensions
{
    public static IResourceBuilder<ConnectionStringResource> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, ReferenceExpression connectionStringExpression)
    {
        var connection = builder.AddResource(new ConnectionStringResource(name, connectionStringExpression));
        var servers = connectionStringExpression.ValueProviders
            .SelectMany(value => value is IResource resource ? [resource] : (value as IValueWithReferences)?.References.OfType<IResource>() ?? [])
            .Where(resource => resource is not IResourceWithoutLifetime)
            .Distinct();
        foreach (var server in servers)
        {
            connection.WaitForStart(builder.CreateResourceBuilder(server));
        }

        return connection;
    }

    public static IResourceBuilder<ConnectionStringResource> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, Action<ReferenceExpressionBuilder> connectionStringBuilder)
    {
        ReferenceExpressionBuilder expression = new();
        connectionStringBuilder(expression);
        return builder.AddConnectionString(name, expression.Build());
    }
}
