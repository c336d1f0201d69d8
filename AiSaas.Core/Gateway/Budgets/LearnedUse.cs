using System.Collections.Concurrent;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>What a workspace's recent calls of each model taught about the next one. In memory: a guess that a restart may forget.</summary>
internal sealed class LearnedUse
{
    private const int MostModels = 500;

    private readonly ConcurrentDictionary<string, Model> _models = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>An estimate of input tokens, corrected upward by how much earlier ones fell short.</summary>
    public long Input(string model, long estimate) =>
        _models.TryGetValue(model, out var known) ? (long)Math.Ceiling(estimate * Math.Max(1, known.InputRatio)) : estimate;

    /// <summary>Tokens of a usual answer; null where nothing is known yet.</summary>
    public long? Output(string model) => _models.TryGetValue(model, out var known) ? known.Output : null;

    /// <summary>Tokens of the longest recent answers; 0 where nothing is known yet.</summary>
    public long LongestOutput(string model) => _models.TryGetValue(model, out var known) ? known.LongestOutput : 0;

    /// <param name="estimate">Of the input, uncorrected.</param>
    /// <param name="output">Of one answer.</param>
    public void Note(string model, long estimate, long input, long output)
    {
        if (!_models.TryGetValue(model, out var known))
        {
            if (_models.Count >= MostModels)
            {
                return;
            }

            known = _models.GetOrAdd(model, _ => new Model());
        }

        known.Note(estimate, input, output);
    }

    private sealed class Model
    {
        private const double Weight = 0.1;

        private readonly Lock _gate = new();
        private double _ratio = 1;
        private double _output;
        private double _longest;

        public double InputRatio => Volatile.Read(ref _ratio);

        public long Output => (long)Math.Ceiling(Volatile.Read(ref _output));

        public long LongestOutput => (long)Math.Ceiling(Volatile.Read(ref _longest));

        public void Note(long estimate, long input, long output)
        {
            lock (_gate)
            {
                if (estimate > 0)
                {
                    // Upward at once, downward slowly: too low an estimate lets a budget be exceeded, too high a one only waits a little.
                    double ratio = Math.Min(16, (double)input / estimate);
                    _ratio = ratio > _ratio ? ratio : _ratio + ((Math.Max(1, ratio) - _ratio) * 0.01);
                }

                _output = _output == 0 ? output : _output + ((output - _output) * Weight);
                _longest = output > _longest ? output : _longest + ((output - _longest) * 0.01);
            }
        }
    }
}
