namespace AiSaas.Core.Gateway.Ledger;

/// <summary>The folder of one process's journal, held by a lock that the kernel takes back when the process dies.</summary>
/// <remarks>It is made under another name and moved into place once locked: whoever sees it and gets the lock sees a dead one's.</remarks>
internal sealed class JournalFolder : IDisposable
{
    private const string LockName = "lock";

    private readonly FileStream _lock;

    private JournalFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>The process's name, as reservations carry it.</summary>
    public string Process => System.IO.Path.GetFileName(Path);

    /// <summary>The segments, oldest first.</summary>
    public IReadOnlyList<string> Segments =>
        [.. Directory.EnumerateFiles(Path, "*" + JournalSegment.Extension).Order(StringComparer.Ordinal)];

    /// <exception cref="IOException">No room, or no access.</exception>
    public static JournalFolder Create(string root, string process)
    {
        MakePrivate(root);
        string path = System.IO.Path.Combine(root, process);
        string unborn = System.IO.Path.Combine(root, "." + process);
        MakePrivate(unborn);
        var held = Lock(unborn);
        Directory.Move(unborn, path);
        return new(path, held);
    }

    /// <summary>Takes over what dead processes left. Dispose of each.</summary>
    public static IEnumerable<JournalFolder> Abandoned(string root)
    {
        foreach (string path in Directory.EnumerateDirectories(root).Where(path => System.IO.Path.GetFileName(path)[0] != '.'))
        {
            if (TryLock(path) is { } held)
            {
                yield return new(path, held);
            }
        }
    }

    /// <summary>Everything in it is in Postgres.</summary>
    public void Delete()
    {
        Directory.Delete(Path, recursive: true);
        Dispose();
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream? TryLock(string path)
    {
        try
        {
            return Lock(path);
        }
        catch (IOException)
        {
            // Its process lives, or another adopts it, or it is gone.
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static FileStream Lock(string path) =>
        new(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    // The records name people: nobody else on the machine needs to read them.
    private static void MakePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
