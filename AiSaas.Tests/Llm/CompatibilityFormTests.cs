using System.Text;
using AiSaas.Llm.Text;

namespace AiSaas.Tests.Llm;

public sealed class CompatibilityFormTests
{
    // Expected values computed with an independent implementation of Unicode 14.
    [Theory]
    [InlineData("plain ASCII", "plain ASCII")]
    [InlineData("\uFB01ne o\uFB03ce", "fine office")]
    [InlineData("\u00BD \u2460 \u2163 \uFF15 \u2122", "1\u20442 1 IV 5 TM")]
    [InlineData("a\u00A0b\u2003c", "a b c")]
    [InlineData("e\u0301 cafe\u0301", "\u00E9 caf\u00E9")]
    [InlineData("q\u0323\u0307 q\u0307\u0323", "q\u0323\u0307 q\u0323\u0307")]
    [InlineData("\u1E0A\u0323", "\u1E0C\u0307")]
    [InlineData("\u212B \u2126", "\u00C5 \u03A9")]
    [InlineData("\u0344 \u0958", "\u0308\u0301 \u0915\u093C")]
    [InlineData("\u1112\u1161\u11AB\u1100\u1173\u11AF \uD55C\uAE00", "\uD55C\uAE00 \uD55C\uAE00")]
    [InlineData("\uFF76\uFF9E \u3382", "\u30AC \u03BCA")]
    [InlineData("\U0001D400\U0001F642", "A\U0001F642")]
    public void Text_takes_its_plain_composed_form(string text, string expected) =>
        Assert.Equal(expected, CompatibilityForm.Normalize(text));

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character() =>
        Assert.Equal("\uFFFDx\u00E9", CompatibilityForm.Normalize("\uD800x\u00E9"));

    [Fact]
    public void Normalizing_twice_changes_nothing_more()
    {
        StringBuilder all = new();
        for (int code = 0xA0; code < 0x20000; code++)
        {
            if (Rune.IsValid(code))
            {
                all.Append(new Rune(code).ToString()).Append(' ');
            }
        }

        string once = CompatibilityForm.Normalize(all.ToString());

        Assert.Equal(once, CompatibilityForm.Normalize(once));
    }
}
