using AiSaas.Core.Jobs;
using AiSaas.Core.Sources;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Sources;

/// <summary>One turn of a walk: page after page, one at a time, until the turn is over or none is due.</summary>
internal sealed class FetchPages(
    Frontier frontier, RobotsFile robots, HostPace pace, PageFetcher fetcher, PageRecorder recorder, TimeProvider clock, IOptions<SourcesOptions> options)
    : IJobHandler
{
    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        try
        {
            var source = await Frontier.OpenAsync(context, context.Read(SourceJobJson.Default.SourceJob).Source, cancellation);
            return await WalkAsync(context, source, cancellation);
        }
        catch (SourceGoneException)
        {
            return new JobOutcome.Canceled();
        }
    }

    private async Task<JobOutcome> WalkAsync(JobContext context, WalkState source, CancellationToken cancellation)
    {
        long began = clock.GetTimestamp();
        RobotsRules? rules = null;
        int pages = 0;
        while (clock.GetElapsedTime(began) < options.Value.Turn && await frontier.NextAsync(context.Tenant, source.Id, cancellation) is { } page)
        {
            if (rules is null)
            {
                JobOutcome? instead;
                (rules, instead) = await RulesAsync(context, source, cancellation);
                if (rules is null)
                {
                    return instead!;
                }
            }

            PageAnswer answer;
            if (source.IsCrawl && !rules.Allows(page.Url))
            {
                answer = new PageAnswer.Refused(new("sources:robots", RobotsFile.Forbids));
            }
            else if (await pace.WaitAsync(page.Url, Delay(rules), cancellation) is { } away)
            {
                await frontier.PostponeAsync(context.Tenant, source.Id, away, cancellation);
                break;
            }
            else
            {
                answer = await fetcher.FetchAsync(context.Tenant, page, follow: page.IsStart, cancellation);
                await pace.EndAsync(page.Url, Delay(rules), cancellation);
            }

            var news = await recorder.RecordAsync(context, source, page, answer, rules, cancellation);
            pages++;
            if (news.Site is not null || news.Limited)
            {
                await frontier.NoteAsync(context.Tenant, source.Id, news.Site, news.Limited, cancellation);
                (source, rules) = news.Site is { } site ? (source with { Site = new Uri(PageAddress.Origin(site)) }, null) : (source, rules);
            }

            if (news.Pause is { } pause)
            {
                await frontier.PostponeAsync(context.Tenant, source.Id, pause, cancellation);
                break;
            }
        }

        context.Log(FormattableString.Invariant($"Asked for {pages} pages."));
        return JobOutcome.Done;
    }

    private TimeSpan Delay(RobotsRules rules)
    {
        var asked = rules.Delay is { } delay && delay < options.Value.MaxCrawlDelay ? delay : rules.Delay is null ? TimeSpan.Zero : options.Value.MaxCrawlDelay;
        return asked > options.Value.Delay ? asked : options.Value.Delay;
    }

    /// <returns>The rules, or how the turn ends without them.</returns>
    private async Task<(RobotsRules?, JobOutcome?)> RulesAsync(JobContext context, WalkState source, CancellationToken cancellation)
    {
        if (!source.IsCrawl)
        {
            return (RobotsRules.AllowAll, null);
        }

        if (source.Robots is { } known && source.RobotsOf == PageAddress.Origin(source.Site))
        {
            return (RobotsRules.Parse(known), null);
        }

        if (await pace.WaitAsync(source.Site, options.Value.Delay, cancellation) is { } away)
        {
            await frontier.PostponeAsync(context.Tenant, source.Id, away, cancellation);
            return (null, JobOutcome.Done);
        }

        var (text, later) = await robots.ReadAsync(source.Site, cancellation);
        await pace.EndAsync(source.Site, options.Value.Delay, cancellation);
        if (text is null)
        {
            context.Log(later!.Failure.Detail);
            return (null, later);
        }

        await Frontier.KeepRobotsAsync(context, source, text, cancellation);
        return (RobotsRules.Parse(text), null);
    }
}
