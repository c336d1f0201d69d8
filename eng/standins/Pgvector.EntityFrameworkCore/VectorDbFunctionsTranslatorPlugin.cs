using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql.EntityFrameworkCore.PostgreSQL.Query.Expressions.Internal;

namespace Pgvector.EntityFrameworkCore;

public class VectorDbFunctionsTranslatorPlugin(ISqlExpressionFactory sqlExpressionFactory, IRelationalTypeMappingSource typeMappingSource)
    : IMethodCallTranslatorPlugin
{
    public virtual IEnumerable<IMethodCallTranslator> Translators { get; } = [new Translator(sqlExpressionFactory, typeMappingSource)];

    private sealed class Translator(ISqlExpressionFactory expressions, IRelationalTypeMappingSource types) : IMethodCallTranslator
    {
        public SqlExpression? Translate(
            SqlExpression? instance,
            MethodInfo method,
            IReadOnlyList<SqlExpression> arguments,
            IDiagnosticsLogger<DbLoggerCategory.Query> logger)
        {
            if (method.DeclaringType != typeof(VectorDbFunctionsExtensions))
            {
                return null;
            }

            string sign = method.Name switch
            {
                nameof(VectorDbFunctionsExtensions.L2Distance) => "<->",
                nameof(VectorDbFunctionsExtensions.MaxInnerProduct) => "<#>",
                nameof(VectorDbFunctionsExtensions.CosineDistance) => "<=>",
                nameof(VectorDbFunctionsExtensions.L1Distance) => "<+>",
                nameof(VectorDbFunctionsExtensions.HammingDistance) => "<~>",
                _ => "<%>",
            };
            // The provider has no public expression for an operator it doesn't know; functions instead would not use an index.
#pragma warning disable EF1001
            return new PgUnknownBinaryExpression(
                Typed(arguments[0]), Typed(arguments[1]), sign, typeof(double), types.FindMapping(typeof(double)));
#pragma warning restore EF1001
        }

        // The parameters are declared as object, which EF wraps in a conversion that SQL doesn't need.
        private SqlExpression Typed(SqlExpression argument) => expressions.ApplyDefaultTypeMapping(
            argument is SqlUnaryExpression { OperatorType: System.Linq.Expressions.ExpressionType.Convert, Type: var type } convert
                && type == typeof(object)
                ? convert.Operand
                : argument);
    }
}
