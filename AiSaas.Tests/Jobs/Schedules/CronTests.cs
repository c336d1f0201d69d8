using System.Globalization;
using AiSaas.Core.Jobs.Schedules;
using FsCheck;
using FsCheck.Fluent;

namespace AiSaas.Tests.Jobs.Schedules;

/// <summary>When cron expressions happen, also on the days when clocks change.</summary>
public sealed class CronTests
{
    private static readonly DateTimeOffset Noon = At("2026-11-22T12:00Z"); // a Sunday

    [Theory]
    [InlineData("* * * * *", "2026-11-22T12:01Z")]
    [InlineData("*/15 * * * *", "2026-11-22T12:15Z")]
    [InlineData("5/20 * * * *", "2026-11-22T12:05Z")]
    [InlineData("0 9-17/4 * * *", "2026-11-22T13:00Z")]
    [InlineData("30 12 * * *", "2026-11-22T12:30Z")]
    [InlineData("0 12 * * *", "2026-11-23T12:00Z")]
    [InlineData("0 9 * * mon-fri", "2026-11-23T09:00Z")]
    [InlineData("0 9 * * 7", "2026-11-29T09:00Z")]
    [InlineData("0 9 * * SAT,0", "2026-11-28T09:00Z")]
    [InlineData("0 22 * * fri-mon", "2026-11-22T22:00Z")]
    [InlineData("0 0 L * *", "2026-11-30T00:00Z")]
    [InlineData("0 0 31 * *", "2026-12-31T00:00Z")]
    [InlineData("0 0 29 feb *", "2028-02-29T00:00Z")]
    [InlineData("0 0 13 * fri", "2026-11-27T00:00Z")] // either day suffices, as cron has it
    [InlineData("@weekly", "2026-11-29T00:00Z")]
    [InlineData("  @Hourly ", "2026-11-22T13:00Z")]
    [InlineData("0 23-1 * * *", "2026-11-22T23:00Z")]
    public void It_happens_at_the_first_time_that_fits(string cron, string next) =>
        Assert.Equal(At(next), CronExpression.Parse(cron).Next(Noon, TimeZoneInfo.Utc));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("* * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("*/0 * * * *")]
    [InlineData("*/99 * * * *")]
    [InlineData("1-2-3 * * * *")]
    [InlineData("a * * * *")]
    [InlineData("-5 * * * *")]
    [InlineData("1,,2 * * * *")]
    [InlineData("0 0 30 2 *")]
    [InlineData("@reboot")]
    public void What_makes_no_sense_is_refused_in_words(string cron) =>
        Assert.NotEmpty(Assert.Throws<FormatException>(() => CronExpression.Parse(cron)).Message);

    [Theory]
    // Berlin skips 02:00 to 03:00 on 2027-03-28: an appointment is kept when the hour is over, once.
    [InlineData("Europe/Berlin", "30 2 * * *", "2027-03-27T12:00Z", "2027-03-28T01:00Z", "2027-03-29T00:30Z")]
    [InlineData("Europe/Berlin", "0,30 2 * * *", "2027-03-27T12:00Z", "2027-03-28T01:00Z", "2027-03-29T00:00Z")]
    // A pattern follows the wall: nothing in the hour that is not.
    [InlineData("Europe/Berlin", "*/30 2 * * *", "2027-03-27T12:00Z", "2027-03-29T00:00Z", "2027-03-29T00:30Z")]
    [InlineData("Europe/Berlin", "*/30 * * * *", "2027-03-28T00:15Z", "2027-03-28T00:30Z", "2027-03-28T01:00Z")]
    // Berlin has 02:00 to 03:00 twice on 2027-10-31: an appointment is kept the first time.
    [InlineData("Europe/Berlin", "30 2 * * *", "2027-10-30T12:00Z", "2027-10-31T00:30Z", "2027-11-01T01:30Z")]
    // A pattern happens both times.
    [InlineData("Europe/Berlin", "*/30 2 * * *", "2027-10-31T00:15Z", "2027-10-31T00:30Z", "2027-10-31T01:00Z")]
    [InlineData("Europe/Berlin", "0 * * * *", "2027-10-31T00:00Z", "2027-10-31T01:00Z", "2027-10-31T02:00Z")]
    // New York changes at other hours, Lord Howe by half an hour, Kathmandu never and off the hour.
    [InlineData("America/New_York", "15 2 * * *", "2027-03-13T12:00Z", "2027-03-14T07:00Z", "2027-03-15T06:15Z")]
    [InlineData("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00Z", "2026-10-03T15:30Z", "2026-10-04T15:15Z")]
    [InlineData("Asia/Kathmandu", "0 9 * * *", "2026-11-22T12:00Z", "2026-11-23T03:15Z", "2026-11-24T03:15Z")]
    // Cairo and Beirut change at midnight, so that a day begins at one o'clock.
    [InlineData("Africa/Cairo", "30 0 * * *", "2026-04-23T12:00Z", "2026-04-23T22:00Z", "2026-04-24T21:30Z")]
    public void Clocks_that_change_neither_lose_nor_double_an_appointment(string zone, string cron, string after, string first, string second) =>
        Assert.Equal([At(first), At(second)], CronExpression.Parse(cron).Next(At(after), TimeZones.Find(zone)!, 2));

    [Fact]
    public void A_day_that_a_place_never_had_has_no_appointments_and_doubles_none()
    {
        // Samoa went from the 29th to the 31st of December 2011.
        var times = CronExpression.Parse("0 9 * * *").Next(At("2011-12-29T12:00Z"), TimeZones.Find("Pacific/Apia")!, 3);

        Assert.Equal([At("2011-12-29T19:00Z"), At("2011-12-30T19:00Z"), At("2011-12-31T19:00Z")], times);
    }

    [Fact]
    public void Times_always_go_forward_and_every_minute_is_every_minute()
    {
        string[] zones = ["UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia", "America/Havana"];
        var times = Gen.Choose(0, 20 * 366 * 24 * 60).Select(minutes => At("2010-01-01T00:00Z").AddMinutes(minutes));
        Prop.ForAll(
            Gen.Elements(zones).SelectMany(zone => times.Select(time => (zone, time))).ToArbitrary(),
            pair =>
            {
                var zone = TimeZones.Find(pair.zone)!;
                return CronExpression.Parse("* * * * *").Next(pair.time, zone) == pair.time.AddMinutes(1)
                    && CronExpression.Parse("30 2 * * *").Next(pair.time, zone, 3) is [var one, var two, var three]
                    && one > pair.time && two - one > TimeSpan.FromHours(20) && two - one < TimeSpan.FromHours(28) && three > two;
            }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("Europe/Berlin", true)]
    [InlineData("UTC", true)]
    [InlineData("America/Argentina/Buenos_Aires", true)]
    [InlineData("Mars/Olympus", false)]
    [InlineData("../../etc/passwd", false)]
    [InlineData("/etc/localtime", false)]
    [InlineData("", false)]
    public void Zones_are_known_by_name_alone(string name, bool known) => Assert.Equal(known, TimeZones.Find(name) is not null);

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
}
