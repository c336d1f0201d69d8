using System.ComponentModel.DataAnnotations;

namespace AiSaas.Web.Forwarding;

/// <summary>Bounds of the way from the browser to the api and back (section <c>Forwarder</c>).</summary>
internal sealed class ForwarderOptions
{
    /// <summary>How long neither side may send a byte. Long enough for a model that thinks before it writes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan SilenceLimit { get; set; } = TimeSpan.FromMinutes(10);

    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bodies from here on are sent only once the api asks for them, so that a refusal costs no upload.</summary>
    [Range(0, long.MaxValue)]
    public long AskBeforeSending { get; set; } = 1024 * 1024;
}
