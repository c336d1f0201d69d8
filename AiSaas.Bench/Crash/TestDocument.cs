using System.Globalization;
using System.Text;

namespace AiSaas.Bench.Crash;

/// <summary>Documents that differ in their mark alone: what must become of one is what became of another, with its mark.</summary>
internal static class TestDocument
{
    public const int Sizes = 3;

    /// <summary>Of the document that each size is judged by.</summary>
    public const string Reference = "d-00000000";

    public static string Name(string mark, int size) => $"{mark}-{size}.md";

    public static byte[] Bytes(string mark, int size)
    {
        StringBuilder text = new();
        int sections = size switch { 0 => 3, 1 => 12, _ => 40 };
        for (int section = 0; section < sections; section++)
        {
            text.Append(CultureInfo.InvariantCulture, $"## Section {section} of {mark}\n\n")
                .Append(CultureInfo.InvariantCulture, $"The pump of model {section} is cleaned once a week with warm water, and its filter is changed once a month. ")
                .Append("Before opening it, pull the plug and wait until the motor has stopped. ")
                .Append(CultureInfo.InvariantCulture, $"Whoever serves it signs the record {mark}, and puts the cover back before the water is turned on again.\n\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
