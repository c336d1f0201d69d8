using AiSaas.Core.Documents;

namespace AiSaas.Core.Sources;

/// <summary>What a document from the web is called: the last part of its address, with the ending of what it is.</summary>
public static class PageName
{
    /// <summary>Before anything is known of it.</summary>
    public static string Of(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        string last = Uri.UnescapeDataString(url.AbsolutePath.TrimEnd('/'));
        last = last[(last.LastIndexOf('/') + 1)..];
        string name = DocumentFormats.SafeName(last.Length == 0 ? url.IdnHost : last);
        return name == "unnamed" ? url.IdnHost : name;
    }

    /// <param name="url">Where it is.</param>
    /// <param name="extension">As its content calls for, such as <c>.html</c>.</param>
    public static string Of(Uri url, string extension)
    {
        string name = Of(url);
        return name.EndsWith(extension, StringComparison.OrdinalIgnoreCase) ? name : DocumentFormats.SafeName(name + extension);
    }
}
