namespace AiSaas.Core.Gateway.Live;

/// <summary>A number that some part of the gateway lets operators watch, such as how much its journal holds.</summary>
public interface ILiveGauge
{
    /// <summary>As it appears under <c>gauges</c>, in camelCase.</summary>
    string Name { get; }

    /// <summary>Cheap: it is read once a second by everyone who watches.</summary>
    long Value { get; }
}

internal sealed class LiveGauge(string name, Func<long> value) : ILiveGauge
{
    public string Name => name;

    public long Value => value();
}
