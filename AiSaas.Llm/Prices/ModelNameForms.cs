using System.Text.RegularExpressions;

namespace AiSaas.Llm.Prices;

/// <summary>The names that a model may be priced under, the given one first: many providers append a date or a version, or put a region,
/// a vendor or <c>models/</c> before it.</summary>
internal static partial class ModelNameForms
{
    /// <param name="model">In lower case.</param>
    public static IEnumerable<string> Of(string model)
    {
        yield return model;
        string plain = Prefix().Replace(model, "");
        if (plain != model)
        {
            yield return plain;
        }

        string undated = Suffix().Replace(plain, "");
        if (undated != plain && undated.Length > 0)
        {
            yield return undated;
        }
    }

    // models/gemini-2.5-pro · us.anthropic.claude-… (a region of Bedrock; its vendor stays)
    [GeneratedRegex("^(models/|(us|eu|apac|jp|au|global|us-gov)\\.)")]
    private static partial Regex Prefix();

    // -2025-08-07 · -20250929 · @20250929 · -20250929-v1:0 · -v1:0 · -2411 · -001 · -latest · -preview-05-20
    [GeneratedRegex("([-@](\\d{4}-\\d{2}-\\d{2}|\\d{8}|\\d{4}|\\d{3}|latest|preview-\\d{2}-\\d{2}(-\\d{4})?))?(-v\\d+(:\\d+)?)?$")]
    private static partial Regex Suffix();
}
