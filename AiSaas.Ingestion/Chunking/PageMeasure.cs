using AiSaas.Llm.Text;

namespace AiSaas.Ingestion.Chunking;

/// <summary>How many tokens any stretch of a page has, in constant time.</summary>
internal sealed class PageMeasure
{
    // The weight of everything before each character.
    private int[] _before = new int[4096];
    private int _length;

    public void Take(string text)
    {
        _length = text.Length;
        if (_before.Length <= _length)
        {
            _before = new int[Math.Max(_length + 1, _before.Length * 2)];
        }

        for (int i = 0; i < _length; i++)
        {
            _before[i + 1] = _before[i] + TokenEstimate.Weight(text[i]);
        }
    }

    public int Of(int start, int end) => (_before[end] - _before[start] + TokenEstimate.Whole - 1) / TokenEstimate.Whole;

    /// <summary>The farthest place that is at most so many tokens after <paramref name="start"/>.</summary>
    public int Reach(int start, int tokens)
    {
        int place = Array.BinarySearch(_before, start, _length + 1 - start, _before[start] + (tokens * TokenEstimate.Whole));
        return place >= 0 ? place : ~place - 1;
    }
}
