using System.Globalization;
using AiSaas.Core.Batches;
using AiSaas.Core.Documents;
using AiSaas.Core.Gateway;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.WebUtilities;

namespace AiSaas.Api.Batches;

/// <summary>The form of <c>POST /v1/files</c>, field by field in whatever order: the file goes block by block into the store.</summary>
internal sealed class FileForm(BatchFiles files, TenantId tenant)
{
    private const int LongestName = 200;
    private string? _purpose;

    /// <summary>Null while no file has come.</summary>
    public FileId? Content { get; private set; }

    public string Name { get; private set; } = "";

    public long Bytes { get; private set; }

    public TimeSpan Lifetime { get; private set; } = files.Lifetime;

    public static GatewayError TooLarge(long most) => new(413, "request_too_large", $"A file for a batch may have {most >> 20} MB.", "file");

    /// <returns>Why the form can't be taken; null while it can.</returns>
    public async Task<GatewayError?> TakeAsync(MultipartSection section, CancellationToken cancellation)
    {
        if (section.AsFileSection() is { FileStream: { } content } file)
        {
            return file.Name == "file" && Content is null
                ? await ReceiveAsync(file.FileName, content, cancellation)
                : new(400, "invalid_request", "There must be one file, in the field 'file'.", "file");
        }

        if (section.AsFormDataSection() is { } field)
        {
            string value = await ReadAsync(field.Section.Body, cancellation);
            switch (field.Name)
            {
                case "purpose":
                    _purpose = value;
                    break;
                case "expires_after[seconds]":
                    if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) || seconds is < 3_600 or > 2_592_000)
                    {
                        return new(400, "invalid_request", "'expires_after[seconds]' is 3600 to 2592000.", "expires_after");
                    }

                    Lifetime = TimeSpan.FromSeconds(seconds) is var asked && asked < Lifetime ? asked : Lifetime;
                    break;
            }
        }

        return null;
    }

    /// <summary>What is missing at the end.</summary>
    public GatewayError? Fault() => (_purpose, Content) switch
    {
        (null or "", _) => new(400, "invalid_request", "Say what the file is for: 'purpose' is 'batch'.", "purpose"),
        (not "batch", _) => new(400, "invalid_request", "Files here are for batches: 'purpose' is 'batch'.", "purpose"),
        (_, null) => new(400, "invalid_request", "There is no file in the field 'file'.", "file"),
        _ when Bytes == 0 => new(400, "invalid_request", "The file is empty.", "file"),
        _ => null,
    };

    private async Task<GatewayError?> ReceiveAsync(string name, Stream content, CancellationToken cancellation)
    {
        var written = await files.ReceiveAsync(tenant, content, cancellation);
        (Content, Bytes) = (written.Id, written.Bytes);
        string shown = new([.. Path.GetFileName(name.Replace('\\', '/')).Where(one => !char.IsControl(one) && !char.IsSurrogate(one)).Take(LongestName)]);
        Name = shown.Length > 0 ? shown : "batch.jsonl";
        return written.Id is null ? TooLarge(files.MaxBytes) : null;
    }

    private static async Task<string> ReadAsync(Stream body, CancellationToken cancellation)
    {
        byte[] buffer = new byte[1_000];
        int read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, read);
    }
}
