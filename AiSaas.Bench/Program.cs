using AiSaas.Bench;
using AiSaas.Bench.Gateway.Mock;

using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

return args is [MockProvider.Command] ? await MockProvider.RunAsync(stop.Token) : await Benchmarks.RunAsync(args, stop.Token);
