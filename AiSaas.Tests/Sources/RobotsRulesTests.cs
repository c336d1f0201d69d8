using AiSaas.Core.Sources;

namespace AiSaas.Tests.Sources;

public sealed class RobotsRulesTests
{
    [Theory]
    // Groups: ours alone where there is one, all of ours, those that share rules, else everybody's.
    [InlineData("User-agent: *\nDisallow: /\n\nUser-agent: AiSaas/2.0\nDisallow: /x", "/a", true)]
    [InlineData("User-agent: *\nDisallow: /\n\nUser-agent: AiSaas/2.0\nDisallow: /x", "/x/1", false)]
    [InlineData("User-agent: other\nUser-agent: aisaas\nDisallow: /x\nUser-agent: aisaas\nDisallow: /y", "/x", false)]
    [InlineData("User-agent: other\nUser-agent: aisaas\nDisallow: /x\nUser-agent: aisaas\nDisallow: /y", "/y", false)]
    [InlineData("User-agent: aisaasbot\nDisallow: /", "/", true)]
    [InlineData("user-AGENT : * # all\n disallow : /x # comment", "/x", false)]
    [InlineData("User-agent: *\nSitemap: https://example.com/s.xml\nDisallow: /x", "/x", false)]
    [InlineData("User-agent: *\n\nDisallow: /x", "/x", false)]
    // Rules before any agent are nobody's; an empty one forbids nothing.
    [InlineData("Disallow: /\nUser-agent: *\nDisallow:", "/x", true)]
    // The longest match decides, of two the one that allows.
    [InlineData("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true)]
    [InlineData("User-agent: *\nAllow: /a/b\nDisallow: /a/b/c", "/a/b/c", false)]
    [InlineData("User-agent: *\nDisallow: /page\nAllow: /page", "/page", true)]
    // Wildcards and ends.
    [InlineData("User-agent: *\nDisallow: /*.pdf$", "/files/a.pdf", false)]
    [InlineData("User-agent: *\nDisallow: /*.pdf$", "/files/a.pdf?x=1", true)]
    [InlineData("User-agent: *\nDisallow: /*?", "/a?b", false)]
    [InlineData("User-agent: *\nDisallow: /a*b*c", "/a1b2b3c4", false)]
    [InlineData("User-agent: *\nDisallow: /a*b*c$", "/a1b2c3", true)]
    [InlineData("User-agent: *\nDisallow: /fish*", "/fishing", false)]
    [InlineData("User-agent: *\nDisallow: /$", "/", false)]
    [InlineData("User-agent: *\nDisallow: /$", "/a", true)]
    // One spelling of escapes; paths have case.
    [InlineData("User-agent: *\nDisallow: /caf%c3%a9", "/café", false)]
    [InlineData("User-agent: *\nDisallow: /café", "/caf%C3%A9", false)]
    [InlineData("User-agent: *\nDisallow: /%7Eme", "/~me", false)]
    [InlineData("User-agent: *\nDisallow: /A", "/a", true)]
    // robots.txt itself is always allowed, and so is all where nothing is said.
    [InlineData("User-agent: *\nDisallow: /", "/robots.txt", true)]
    [InlineData("<html>not found</html>", "/a", true)]
    public void Rules_are_read_as_the_RFC_has_it(string text, string path, bool allowed) =>
        Assert.Equal(allowed, RobotsRules.Parse(text).Allows(new Uri("https://example.com" + path)));

    [Fact]
    public void Delays_are_those_of_our_group_and_rubbish_is_none()
    {
        Assert.Equal(TimeSpan.FromSeconds(2.5), RobotsRules.Parse("User-agent: *\nCrawl-delay: 2.5").Delay);
        Assert.Null(RobotsRules.Parse("User-agent: other\nCrawl-delay: 9\nUser-agent: *\nCrawl-delay: soon").Delay);
        Assert.Null(RobotsRules.Parse("User-agent: *\nCrawl-delay: 9\n\nUser-agent: aisaas\nDisallow: /x").Delay);
        Assert.Equal(TimeSpan.FromDays(1), RobotsRules.Parse("User-agent: *\nCrawl-delay: 99999999999").Delay);
    }

    [Fact]
    public void A_hostile_pattern_takes_no_time()
    {
        var rules = RobotsRules.Parse("User-agent: *\n" + string.Concat(Enumerable.Repeat($"Disallow: /{string.Concat(Enumerable.Repeat("*a", 200))}b$\n", 100)));

        Assert.True(rules.Allows(new Uri("https://example.com/" + new string('a', 2000))));
    }
}
