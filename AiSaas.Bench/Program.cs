using AiSaas.Bench;

using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

return await Benchmarks.RunAsync(args, stop.Token);
