using System.Buffers;
using AiSaas.Llm.Text;

namespace AiSaas.Llm.Local.UseLite;

/// <summary>Cuts text into the model's 8,000 word pieces: the best-scoring path through the lattice of all matches.</summary>
/// <remarks>
/// Follows the reference implementation to the letter, odd rules included, because other cuts give other vectors:
/// a position where nothing matches takes an unknown of length one and score 0; a path sum of 0 counts as unset;
/// a position that no piece reaches starts from 0; of equal sums the later start wins; neighbouring unknowns merge.
/// Time is linear in the text (a piece has at most 16 characters), memory 12 bytes a character, rented.
/// </remarks>
public sealed class SentencePieceTokenizer : ITokenCounter
{
    internal const int Unknown = 0;
    private const double Rarest = 13; // the vocabulary's last pieces have about this
    private const char Space = '\u2581';

    private readonly PieceTrie _trie;

    internal SentencePieceTokenizer(PieceTrie trie) => _trie = trie;

    /// <summary>Loads the tokenizer alone, without the model's weights.</summary>
    public static SentencePieceTokenizer Load(string modelFolder) => new(PieceTrie.Load(ModelFolder.File(modelFolder, "vocab.json")));

    /// <summary>How many tokens the model sees in a text, before it cuts at its maximum.</summary>
    public int CountTokens(string text) => Encode(text).Length;

    /// <summary>How unlikely a word is among all English words: minus the sum of its pieces' log-likelihoods.</summary>
    internal double Information(string word) => -Encode(word).Sum(piece => piece == Unknown ? -Rarest : _trie.Score(piece));

    public int[] Encode(string text)
    {
        string normal = CompatibilityForm.Normalize(text);
        if (normal.Length == 0)
        {
            return [];
        }

        int length = normal.Length + 1;
        char[] units = ArrayPool<char>.Shared.Rent(length);
        double[] best = ArrayPool<double>.Shared.Rent(length + 1);
        int[] pieces = ArrayPool<int>.Shared.Rent(length + 1);
        try
        {
            units[0] = Space;
            normal.AsSpan().Replace(units.AsSpan(1), ' ', Space);
            best.AsSpan(0, length + 1).Clear();
            pieces.AsSpan(0, length + 1).Clear();
            Score(units.AsSpan(0, length), best, pieces);
            return Trace(pieces, length);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(units);
            ArrayPool<double>.Shared.Return(best);
            ArrayPool<int>.Shared.Return(pieces);
        }
    }

    // Every edge points forward, so when a start's turn comes its own sum is final.
    private void Score(ReadOnlySpan<char> units, double[] best, int[] pieces)
    {
        for (int start = 0; start < units.Length; start++)
        {
            var matches = _trie.From(units[start..]);
            if (!matches.MoveNext())
            {
                Offer(start + 1, Unknown, best[start]);
                continue;
            }

            do
            {
                Offer(start + _trie.Length(matches.Piece), matches.Piece, best[start] + _trie.Score(matches.Piece));
            }
            while (matches.MoveNext());
        }

        void Offer(int end, int piece, double sum)
        {
            if (best[end] == 0 || sum >= best[end])
            {
                best[end] = sum;
                pieces[end] = piece;
            }
        }
    }

    private int[] Trace(int[] pieces, int length)
    {
        int count = 0;
        for (int pass = 0; ; pass++)
        {
            int[] tokens = pass == 0 ? [] : new int[count];
            int at = length, left = count;
            bool afterUnknown = false;
            while (at > 0)
            {
                int piece = pieces[at];
                at -= _trie.Length(piece);
                if (piece == Unknown && afterUnknown)
                {
                    continue;
                }

                afterUnknown = piece == Unknown;
                if (pass == 0)
                {
                    count++;
                }
                else
                {
                    tokens[--left] = piece;
                }
            }

            if (pass == 1)
            {
                return tokens;
            }
        }
    }
}
