using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>Runs a program that reads PDFs (poppler, tesseract) in a process of its own, under limits of memory, processor time, wall time and output.</summary>
/// <remarks>A PDF is a program of sorts. Whatever it does to its reader, it does to a process that is given two gigabytes and
/// a few minutes, and the document fails with a reason.</remarks>
internal sealed class PdfTool(IOptions<ParsingOptions> options, TimeProvider time)
{
    // The shell sets the limits on itself and becomes the program: no helper of ours stays in between.
    private const string Limited = "ulimit -v \"$1\" 2>/dev/null; ulimit -t \"$2\" 2>/dev/null; ulimit -c 0; shift 2; exec \"$@\"";
    private const int LongestComplaint = 4096;

    private readonly ParsingOptions _options = options.Value;

    public long OutputLimit => _options.ToolOutputBytes;

    /// <summary>Starts it; the caller reads <see cref="PdfToolRun.Output"/> to its end and disposes, which also ends it early.</summary>
    public PdfToolRun Start(string program, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        Start(program, arguments, _options.ToolTime, cancellation);

    /// <param name="limit">Wall and processor time.</param>
    public PdfToolRun Start(string program, IReadOnlyList<string> arguments, TimeSpan limit, CancellationToken cancellation)
    {
        ProcessStartInfo start = new("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        string[] limits =
        [
            "-c", Limited, "sh",
            (_options.ToolMemoryBytes / 1024).ToString(CultureInfo.InvariantCulture),
            Math.Ceiling(limit.TotalSeconds).ToString(CultureInfo.InvariantCulture), Find(program) ?? program,
        ];
        foreach (string argument in limits.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            var process = Process.Start(start) ?? throw new InvalidOperationException("No process was started.");
            process.StandardInput.Close();
            return new PdfToolRun(process, limit, time, cancellation);
        }
        catch (Win32Exception)
        {
            throw Missing();
        }
    }

    /// <summary>Where a program is: in the folder of tools or on the PATH; null where it isn't.</summary>
    public string? Find(string program)
    {
        string folders = $"{_options.ToolsBin}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        return folders.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }

    private static DocumentFaultException Missing() => new(
        "documents:no-pdf-reader", "This installation can't read PDFs: poppler (pdftotext, pdfinfo) is not installed.");

    /// <summary>One run of a program.</summary>
    internal sealed class PdfToolRun : IAsyncDisposable
    {
        private static readonly TimeSpan Afterthought = TimeSpan.FromSeconds(2);

        private readonly Process _process;
        private readonly TimeProvider _time;
        private readonly CancellationTokenSource _deadline;
        private readonly CancellationTokenSource _ends;
        private readonly CancellationTokenRegistration _stop;
        private readonly Task<string> _complaints;

        public PdfToolRun(Process process, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
        {
            _process = process;
            _time = time;
            _deadline = new CancellationTokenSource(limit, time);
            _ends = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, cancellation);
            // A read from a pipe does not see a token; the end of its writer it does.
            _stop = _ends.Token.Register(Stop);
            _complaints = ReadComplaintsAsync();
        }

        public StreamReader Output => _process.StandardOutput;

        /// <summary>Fires at the deadline or with the caller.</summary>
        public CancellationToken Ends => _ends.Token;

        /// <summary>Says why the output made no sense, where the program itself knows.</summary>
        public async Task<DocumentFaultException> ExplainAsync()
        {
            try
            {
                // One that goes on writing into a full pipe would never end by itself.
                await _process.WaitForExitAsync(Ends).WaitAsync(Afterthought, _time);
            }
            catch (TimeoutException)
            {
                return DocumentFaultException.Damaged("This PDF");
            }
            catch (OperationCanceledException)
            {
                // Stopped: below is said by whom.
            }

            await CheckAsync();
            return DocumentFaultException.Damaged("This PDF");
        }

        /// <summary>Waits for the end.</summary>
        /// <exception cref="DocumentFaultException">It failed, and why in words.</exception>
        /// <exception cref="OperationCanceledException">The caller's.</exception>
        public async Task CheckAsync()
        {
            try
            {
                await _process.WaitForExitAsync(Ends);
            }
            catch (OperationCanceledException) when (_deadline.IsCancellationRequested)
            {
                throw TooCostly();
            }

            if (_process.ExitCode != 0)
            {
                var fault = _deadline.IsCancellationRequested ? TooCostly() : Fault(_process.ExitCode, await _complaints);
                // Stopped by the caller: that is no fault of the document.
                throw !_deadline.IsCancellationRequested && Ends.IsCancellationRequested ? new OperationCanceledException(Ends) : fault;
            }
        }

        public async ValueTask DisposeAsync()
        {
            Stop();
            await _process.WaitForExitAsync(CancellationToken.None);
            await _stop.DisposeAsync();
            await _complaints;
            _process.Dispose();
            _ends.Dispose();
            _deadline.Dispose();
        }

        private void Stop()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        private static DocumentFaultException TooCostly() => new(
            "documents:too-costly", "This PDF needs more memory or time to read than a document may have, so reading it was stopped.");

        private static DocumentFaultException Fault(int exit, string complaints) => exit switch
        {
            126 or 127 => Missing(),
            _ when complaints.Contains("Incorrect password", StringComparison.OrdinalIgnoreCase)
                || complaints.Contains("security handler", StringComparison.OrdinalIgnoreCase) => new(
                    "documents:encrypted", "This PDF is locked with a password. Save it without the password and upload it again."),
            > 128 => TooCostly(),
            _ => DocumentFaultException.Damaged("This PDF"),
        };

        // Read to the end, so that the program never waits for us; kept only in part.
        private async Task<string> ReadComplaintsAsync()
        {
            StringBuilder kept = new();
            char[] buffer = new char[1024];
            for (int read; (read = await _process.StandardError.ReadAsync(buffer)) > 0;)
            {
                kept.Append(buffer, 0, Math.Min(read, LongestComplaint - Math.Min(kept.Length, LongestComplaint)));
            }

            return kept.ToString();
        }
    }
}
