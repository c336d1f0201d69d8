using System.Text;
using AiSaas.Core.Runs.Parts;

namespace AiSaas.Core.Runs;

/// <summary>What an attempt has written so far, as few parts as say it: each text in one delta, dropped steps gone.
/// A log that was lost is given this.</summary>
internal sealed class RunTranscript
{
    private readonly List<StreamPart> _parts = [];
    private readonly StringBuilder _text = new();
    private int _stepStart;

    /// <summary>The parts before the current step, and those in it.</summary>
    public (IReadOnlyList<StreamPart> Before, IReadOnlyList<StreamPart> Step) Read()
    {
        CloseText();
        return (_parts[.._stepStart], _parts[_stepStart..]);
    }

    public void Add(StreamPart part)
    {
        if (part is TextDeltaPart delta && _parts is [.., TextDeltaPart last] && last.Id == delta.Id)
        {
            if (_text.Length == 0)
            {
                _text.Append(last.Delta);
            }

            _text.Append(delta.Delta);
            return;
        }

        CloseText();
        switch (part)
        {
            case ResetStepPart:
                _parts.RemoveRange(_stepStart, _parts.Count - _stepStart);
                break;
            case StartStepPart:
                _parts.Add(part);
                _stepStart = _parts.Count;
                break;
            default:
                // A stage replaces the one before; of many, one is worth keeping.
                if (part is StagePart && _parts is [.., StagePart] && _parts.Count > _stepStart)
                {
                    _parts.RemoveAt(_parts.Count - 1);
                }

                _parts.Add(part);
                break;
        }
    }

    private void CloseText()
    {
        if (_text.Length > 0)
        {
            _parts[^1] = ((TextDeltaPart)_parts[^1]) with { Delta = _text.ToString() };
            _text.Clear();
        }
    }
}
