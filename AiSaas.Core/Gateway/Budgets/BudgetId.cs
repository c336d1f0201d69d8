using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>A cap on spending.</summary>
[JsonConverter(typeof(IdJsonConverter<BudgetId>))]
public readonly record struct BudgetId(Guid Value) : IId<BudgetId>
{
    public static BudgetId New() => new(Guid.CreateVersion7());

    public static BudgetId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out BudgetId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
