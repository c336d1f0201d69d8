using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Pgvector.EntityFrameworkCore;

/// <summary>pgvector's distances, for use inside queries only.</summary>
public static class VectorDbFunctionsExtensions
{
    public static double L2Distance(this object a, object b) => throw OnClient();

    public static double MaxInnerProduct(this object a, object b) => throw OnClient();

    public static double CosineDistance(this object a, object b) => throw OnClient();

    public static double L1Distance(this object a, object b) => throw OnClient();

    public static double HammingDistance(this object a, object b) => throw OnClient();

    public static double JaccardDistance(this object a, object b) => throw OnClient();

    private static InvalidOperationException OnClient([CallerMemberName] string function = "") =>
        new(CoreStrings.FunctionOnClient(function));
}
