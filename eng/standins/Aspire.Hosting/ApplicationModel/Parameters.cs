using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value from <c>Parameters:{name}</c>, or from where its callback looks.</summary>
public class ParameterResource : Resource, IExpressionValue, IValueProvider, IManifestExpressionProvider, IResourceWithoutLifetime
{
    private readonly Lazy<string> _value;

    public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false)
        : base(name)
    {
        Secret = secret;
        _value = new(() => callback(Default));
    }

    public ParameterDefault? Default { get; set; }

    public bool Secret { get; }

    public string ValueExpression => $"{{{Name}.value}}";

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(_value.Value);
}

public abstract class ParameterDefault
{
    public abstract string GetDefaultValue();
}

public sealed class GenerateParameterDefault : ParameterDefault
{
    public int MinLength { get; set; } = 22;

    public bool Lower { get; set; } = true;

    public bool Upper { get; set; } = true;

    public bool Numeric { get; set; } = true;

    public bool Special { get; set; } = true;

    public int MinLower { get; set; }

    public int MinUpper { get; set; }

    public int MinNumeric { get; set; }

    public int MinSpecial { get; set; }

    public override string GetDefaultValue()
    {
        (string Set, bool On, int Min)[] classes =
        [
            ("abcdefghjkmnpqrstuvwxyz", Lower, MinLower), ("ABCDEFGHJKMNPQRSTUVWXYZ", Upper, MinUpper),
            ("0123456789", Numeric, MinNumeric), ("-_.{}~()*+!", Special, MinSpecial),
        ];
        var used = classes.Where(part => part.On).ToArray();
        var required = string.Concat(used.Select(part => new string(RandomNumberGenerator.GetItems<char>(part.Set, part.Min))));
        var all = string.Concat(used.Select(part => part.Set));
        var characters = (required + new string(RandomNumberGenerator.GetItems<char>(all, Math.Max(0, MinLength - required.Length)))).ToCharArray();
        RandomNumberGenerator.Shuffle<char>(characters);
        return new(characters);
    }
}
