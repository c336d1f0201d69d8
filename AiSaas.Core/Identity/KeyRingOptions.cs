using Microsoft.Extensions.Options;

namespace AiSaas.Core.Identity;

/// <summary>Section <c>DataProtection</c>: what encrypts the key ring, which lies in the same database as what it protects.</summary>
public sealed class KeyRingOptions
{
    public const string Section = "DataProtection";

    /// <summary>32 bytes each, in Base64 (<c>openssl rand -base64 32</c>). The first encrypts, all decrypt: put a new one in front, keep the old
    /// one while rings that it encrypted live. Without any, whoever reads the database reads its secrets.</summary>
    public List<string> MasterKeys { get; } = [];
}

internal sealed class KeyRingOptionsValidator : IValidateOptions<KeyRingOptions>
{
    public ValidateOptionsResult Validate(string? name, KeyRingOptions options)
    {
        List<string> faults = [];
        for (int i = 0; i < options.MasterKeys.Count; i++)
        {
            if (MasterKey.Read(options.MasterKeys[i]) is null)
            {
                faults.Add($"DataProtection:MasterKeys:{i} is not 32 bytes in Base64; 'openssl rand -base64 32' makes one.");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
