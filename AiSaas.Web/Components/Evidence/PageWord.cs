using System.Globalization;
using AiSaas.Contracts.Documents;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace AiSaas.Web.Components.Evidence;

/// <summary>A run of characters at its place on the page. In C#, because Razor keeps the tag <c>text</c> for itself.</summary>
public sealed class PageWord : ComponentBase
{
    // Where type usually stands in a box that spans ascenders and descenders.
    private const double Baseline = 0.78;

    // Of the font drawn, on average, in ems. A size that fits the width keeps letters from being stretched.
    private const double LetterWidth = 0.5;
    private const double Smallest = 0.72;
    private const double Largest = 1.02;

    [Parameter, EditorRequired] public required TextBox Box { get; set; }

    [Parameter, EditorRequired] public required string Words { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "x", Number(Box.X));
        builder.AddAttribute(2, "y", Number(Box.Y + (Box.Height * Baseline)));
        builder.AddAttribute(3, "font-size", Number(Size));
        // The page's own font isn't at hand: its width is kept, whatever font is drawn.
        builder.AddAttribute(4, "textLength", Number(Box.Width));
        builder.AddAttribute(5, "lengthAdjust", "spacingAndGlyphs");
        builder.AddContent(6, Words);
        builder.CloseElement();
    }

    private double Size =>
        Math.Clamp(Box.Width / (LetterWidth * Math.Max(1, Words.Length)), Smallest * Box.Height, Largest * Box.Height);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
