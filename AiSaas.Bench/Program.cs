using AiSaas.Bench;
using AiSaas.Bench.Gateway.Mock;
using AiSaas.Bench.Streams;

using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

return args switch
{
    [MockProvider.Command] => await MockProvider.RunAsync(stop.Token),
    [StreamProducer.Command, ..] => await StreamProducer.RunAsync(args[1..], stop.Token),
    [StreamClient.Command, ..] => await StreamClient.RunAsync(args[1..], stop.Token),
    _ => await Benchmarks.RunAsync(args, stop.Token),
};
