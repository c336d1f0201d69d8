using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Identity;

/// <summary>Encrypts new keys of the ring by the first master key.</summary>
internal sealed class KeyRingEncryption(MasterKey key) : IXmlEncryptor
{
    internal const string Element = "masterKeyEncrypted";
    internal const string KeyId = "key";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement) => new(
        new XElement(Element, new XAttribute(KeyId, key.Id), key.Encrypt(plaintextElement.ToString(SaveOptions.DisableFormatting))), typeof(KeyRingDecryption));
}

/// <summary>Decrypts keys of the ring by whichever master key encrypted them.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Data protection makes it by the name that the ring's elements carry.")]
internal sealed class KeyRingDecryption(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        string? id = encryptedElement.Attribute(KeyRingEncryption.KeyId)?.Value;
        var key = services.GetRequiredService<IOptions<KeyRingOptions>>().Value.MasterKeys.Select(MasterKey.Read).FirstOrDefault(one => one?.Id == id)
            ?? throw new CryptographicException($"The key ring was encrypted by the master key {id}, which DataProtection:MasterKeys does not hold.");
        return XElement.Parse(key.Decrypt(encryptedElement.Value));
    }
}
