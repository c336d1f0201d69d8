namespace AiSaas.Core.Retrieval.Planning;

/// <summary>What is searched for.</summary>
/// <param name="Phrasings">At least one; the first stands for the question.</param>
/// <param name="By"><c>question</c> (as it was asked), <c>rule</c> (with the previous one's words) or <c>model</c>.</param>
/// <param name="Notice">Why the model did not help, for people; null where it did, or was not needed.</param>
public sealed record QueryPlan(IReadOnlyList<string> Phrasings, string By, string? Notice, double Milliseconds)
{
    public string Query => Phrasings[0];

    /// <summary>Whether something else is searched for than was asked.</summary>
    public bool IsRewritten => By != "question";

    public static QueryPlan Plain(string question) => new([question], "question", null, 0);
}
