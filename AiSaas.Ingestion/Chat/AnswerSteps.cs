using AiSaas.Core.Chat;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Planning;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;
using AiSaas.Llm.Routing;

namespace AiSaas.Ingestion.Chat;

/// <summary>What readers see of one answer, step by step.</summary>
/// <remarks>A step is one try at the text. A provider that breaks off after its first words costs a step: readers are told to drop
/// it, and the next provider starts afresh. Before the first words the catalog changes providers unseen.</remarks>
internal sealed class AnswerSteps(AnswerJob job, AnswerTask task, GovernedChatClient client, RunLogWriter writer, AnswerClock clock)
{
    /// <summary>What a prompt holds with room to answer, and what a reader can check.</summary>
    public const int Passages = 8;

    private const int MostSteps = 3;

    private readonly List<Contracts.Chat.ModelAttempt> _brokenOff = [];
    private IReadOnlyList<Passage> _passages = [];
    private PassagePages _pages = PassagePages.None;
    private AnswerDraft _draft = new([]);
    private ModelAnswer? _model;

    public async Task OpenAsync(CancellationToken cancellation)
    {
        await writer.WriteAsync(new StartPart(job.Answer.Value), cancellation);
        await writer.WriteAsync(new StartStepPart(), cancellation);
        await writer.WriteAsync(new TitlePart(new TitleData(task.Title)), cancellation);
        string where = job.Collections.Count switch { 0 => "all collections", 1 => "1 collection", var count => $"{count} collections" };
        await StageAsync("searching", $"Searching {where}", cancellation);
    }

    /// <summary>Readers see what a follow-up was taken for.</summary>
    public Task PlannedAsync(QueryPlan plan, CancellationToken cancellation) => plan.IsRewritten
        ? StageAsync("searching", $"Searching for “{plan.Query}”", cancellation, plan.Milliseconds)
        : Task.CompletedTask;

    public void Found(RetrievalResult found, PassagePages pages)
    {
        (_passages, _pages) = (found.Passages, pages);
        clock.Searched();
    }

    /// <exception cref="ModelCallException">No provider finished an answer.</exception>
    public async Task WriteAsync(CancellationToken cancellation)
    {
        for (int step = 1; ; step++)
        {
            try
            {
                await WriteStepAsync(cancellation);
                return;
            }
            catch (ModelCallException broke) when (!_draft.IsEmpty && step < MostSteps && broke.Failure.AnotherProviderMayHelp)
            {
                _brokenOff.AddRange(ModelAnswer.Report(broke.Attempts));
                await writer.WriteAsync(new ResetStepPart("The provider broke off in the middle of the answer; it starts again."), cancellation);
                await writer.WriteAsync(new StartStepPart(), cancellation);
                await StageAsync("retrying", "The provider broke off; starting again", cancellation);
            }
        }
    }

    public SettledAnswer Settle(string status) => new(
        status, _draft.Text, _model?.Model, _model?.Provider, _model?.Answered, _draft.Citations, _draft.AlsoFound, _model?.Usage,
        client.CostNanos, clock.Timings(), [.. _brokenOff, .. _model?.Attempts ?? []],
        // What was stopped or broke off has no end that could cite anything.
        Grounding: status == "complete" ? _draft.Ground(task.Question, _model?.Answered) : null);

    /// <param name="answer">As it was settled.</param>
    /// <param name="last">Abort or error, where the answer didn't end well.</param>
    /// <param name="cancellation">Cancels the writes.</param>
    public async Task FinishAsync(SettledAnswer answer, StreamPart? last, CancellationToken cancellation)
    {
        if (answer.Grounding is { } grounding)
        {
            await writer.WriteAsync(new GroundingPart(grounding), cancellation);
        }

        await writer.WriteAsync(new MetadataPart(new MessageMetadata(
            answer.Model, answer.Provider, answer.Answered, answer.Usage, answer.Cost, answer.Timings, answer.Attempts)), cancellation);
        if (last is not null)
        {
            await writer.WriteAsync(last, cancellation);
        }

        await writer.WriteAsync(new FinishStepPart(), cancellation);
        await writer.WriteAsync(new FinishPart(), cancellation);
    }

    private async Task WriteStepAsync(CancellationToken cancellation)
    {
        _draft = new(_passages, _pages);
        foreach (var source in _draft.Sources())
        {
            await writer.WriteAsync(source, cancellation);
        }

        await StageAsync("reading", Reading(_passages.Count), cancellation, clock.SearchMs, _passages.Count);
        _model = new ModelAnswer(client, task, _passages);
        await foreach (string delta in _model.StreamAsync(cancellation))
        {
            if (_draft.IsEmpty)
            {
                clock.FirstToken();
                await StageAsync("writing", "Writing", cancellation);
                await writer.WriteAsync(new TextStartPart(AnswerText.PartId), cancellation);
            }

            foreach (var part in _draft.Add(delta))
            {
                // What the draft has, readers get: a stop in between would keep a word that nobody was shown.
                await writer.WriteAsync(part, CancellationToken.None);
            }
        }

        if (!_draft.IsEmpty)
        {
            await writer.WriteAsync(new TextEndPart(AnswerText.PartId), cancellation);
        }
    }

    private Task StageAsync(string stage, string text, CancellationToken cancellation, double? milliseconds = null, int? passages = null) =>
        writer.WriteAsync(new StagePart(new StageData(stage, text, milliseconds, passages)), cancellation);

    private static string Reading(int passages) => passages switch
    {
        0 => "Found no passage",
        1 => "Reading 1 passage",
        _ => $"Reading {passages} passages",
    };
}
