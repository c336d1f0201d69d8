using System.Globalization;
using AiSaas.Contracts.Retrieval;

namespace AiSaas.Web.Components.Embeddings;

internal static class SpaceWords
{
    public static string Where(EmbeddingModelInfo model) => model switch
    {
        { Provider: "local" } => "on our own machines, costs nothing, English",
        { Dimensions: { } size } => $"{model.ProviderModel} at {model.Provider}, {size.ToString(CultureInfo.InvariantCulture)} dimensions",
        _ => $"{model.ProviderModel} at {model.Provider}",
    };

    public static string Source(EmbeddingSpaceInfo space) => space switch
    {
        { CalibratedAt: not null } => "Measured on passages of this workspace,",
        { IsOwn: true } => "Set for this workspace.",
        { Unrelated: null } => "Little is known of this model: thresholds come from each question's own candidates. Measuring helps.",
        _ => "As is usual for this model. Measuring on your own passages is better.",
    };

    /// <returns>Null where the text is no number; a number or none where it is empty.</returns>
    public static (double? Value, bool IsGiven)? Number(string? text) =>
        string.IsNullOrWhiteSpace(text) ? (null, false)
        : double.TryParse(text.Trim().Replace(',', '.'), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out double value)
            ? (value, true)
            : null;
}
