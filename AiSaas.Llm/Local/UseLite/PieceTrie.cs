using System.Text.Json;

namespace AiSaas.Llm.Local.UseLite;

/// <summary>The model's vocabulary as a prefix tree over UTF-16 units.</summary>
internal sealed class PieceTrie
{
    private const int Root = 0;
    private const int NoPiece = -1;

    /// <summary>Ids below are control marks that never match text; 0 stands for the unknown.</summary>
    private const int ControlPieces = 6;

    private readonly double[] _scores;
    private readonly byte[] _lengths;

    // A node's children lie together: labels for a vectorized search, targets beside them.
    private readonly char[][] _labels;
    private readonly int[][] _targets;
    private readonly int[] _pieces;

    private PieceTrie(IReadOnlyList<(string Text, double Score)> pieces)
    {
        _scores = [.. pieces.Select(piece => piece.Score)];
        _lengths = [.. pieces.Select(piece => checked((byte)piece.Text.Length))];
        List<SortedDictionary<char, int>> nodes = [[]];
        List<int> ids = [NoPiece];
        for (int id = ControlPieces; id < pieces.Count; id++)
        {
            int node = Root;
            foreach (char unit in pieces[id].Text)
            {
                if (!nodes[node].TryGetValue(unit, out int next))
                {
                    next = nodes.Count;
                    nodes[node].Add(unit, next);
                    nodes.Add([]);
                    ids.Add(NoPiece);
                }

                node = next;
            }

            ids[node] = id;
        }

        _labels = [.. nodes.Select(node => node.Keys.ToArray())];
        _targets = [.. nodes.Select(node => node.Values.ToArray())];
        _pieces = [.. ids];
    }

    public int Count => _scores.Length;

    public double Score(int piece) => _scores[piece];

    public int Length(int piece) => piece == SentencePieceTokenizer.Unknown ? 1 : _lengths[piece];

    public Matches From(ReadOnlySpan<char> text) => new(this, text);

    public static PieceTrie Load(string path)
    {
        using var stream = File.OpenRead(path);
        using var document = JsonDocument.Parse(stream);

        // A few pieces (":", "://") carry null for a score; the reference reads that as 0.
        return new([.. document.RootElement.EnumerateArray().Select(piece =>
            (piece[0].GetString()!, piece[1].ValueKind == JsonValueKind.Number ? piece[1].GetDouble() : 0))]);
    }

    /// <summary>Walks the pieces that are prefixes of a text, shortest first.</summary>
    public ref struct Matches(PieceTrie trie, ReadOnlySpan<char> text)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private int _node = Root;
        private int _at;

        public int Piece { get; private set; }

        public bool MoveNext()
        {
            while (_at < _text.Length)
            {
                int child = trie._labels[_node].AsSpan().IndexOf(_text[_at]);
                if (child < 0)
                {
                    return false;
                }

                _node = trie._targets[_node][child];
                _at++;
                Piece = trie._pieces[_node];
                if (Piece != NoPiece)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
