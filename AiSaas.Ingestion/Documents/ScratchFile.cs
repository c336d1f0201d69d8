namespace AiSaas.Ingestion.Documents;

/// <summary>A file that is gone with its owner, or, if that was killed, with the first one a day later.</summary>
internal sealed class ScratchFile : IDisposable
{
    private static readonly TimeSpan Leftover = TimeSpan.FromDays(1);

    public ScratchFile(string? folder)
    {
        // By user: the temporary folder is everybody's, and what one user made there another can't write into.
        string scratch = folder ?? System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"aisaas-ingestion-{Environment.UserName}");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(scratch);
        }
        else
        {
            Directory.CreateDirectory(scratch, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Sweep(scratch);
        Path = System.IO.Path.Combine(scratch, Guid.CreateVersion7().ToString("n"));
    }

    public string Path { get; }

    public void Dispose() => File.Delete(Path);

    private static void Sweep(string scratch)
    {
        foreach (var file in new DirectoryInfo(scratch).EnumerateFiles())
        {
            if (TimeProvider.System.GetUtcNow() - file.LastWriteTimeUtc > Leftover)
            {
                file.Delete();
            }
        }
    }
}
