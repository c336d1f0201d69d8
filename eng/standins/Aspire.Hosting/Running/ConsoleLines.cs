namespace Aspire.Hosting.Running;

/// <summary>What the processes print, each line with the name of its resource before it.</summary>
internal sealed class ConsoleLines(ApplicationModel.IResourceCollection resources)
{
    private const int LineLimit = 8 * 1024;
    private static readonly int[] Colours = [36, 32, 35, 33, 34, 96, 92, 95, 93, 94];

    private readonly bool _coloured = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
    private readonly int _width = Math.Min(20, resources.Where(resource => resource is not ApplicationModel.IResourceWithoutLifetime).Select(resource => resource.Name.Length).DefaultIfEmpty(4).Max());

    public void Write(string name, string? line)
    {
        if (line is null)
        {
            return;
        }

        var text = line.Length > LineLimit ? string.Concat(line.AsSpan(0, LineLimit), " …") : line;
        var prefix = name.PadRight(_width);
        try
        {
            Console.Out.WriteLine(_coloured ? $"\e[{Colour(name)}m{prefix}\e[0m {text}" : $"{prefix} {text}");
        }
        catch (IOException)
        {
            // The terminal is gone; the hang-up that ends us is on its way.
        }
    }

    private int Colour(string name)
    {
        var place = resources.Select(resource => resource.Name).TakeWhile(other => other != name).Count();
        return Colours[place % Colours.Length];
    }
}
