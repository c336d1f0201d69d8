using System.Text;

namespace AiSaas.Core.Retrieval;

/// <summary>Puts a passage and its neighbours together as they follow each other in the document.</summary>
internal static class PassageContext
{
    public static string Join(Passage passage)
    {
        StringBuilder text = new();
        foreach (var neighbour in passage.Neighbours.Where(neighbour => neighbour.Offset < 0))
        {
            Append(text, neighbour.Text);
        }

        Append(text, passage.Text);
        foreach (var neighbour in passage.Neighbours.Where(neighbour => neighbour.Offset > 0))
        {
            Append(text, neighbour.Text);
        }

        return text.ToString();
    }

    // A sentence that a page's end tore goes on where it was torn.
    private static void Append(StringBuilder text, string next)
    {
        if (text.Length > 0)
        {
            bool torn = char.IsLower(next[0]) && (char.IsLetter(text[^1]) || text[^1] is ',' or '-');
            text.Append(torn ? " " : "\n\n");
        }

        text.Append(next);
    }
}
