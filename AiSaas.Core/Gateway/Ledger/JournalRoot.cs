using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>Where the processes of this machine that use one database keep their journals.</summary>
internal sealed record JournalRoot(string Path)
{
    public static JournalRoot Of(LedgerOptions options, IConfiguration configuration, NpgsqlDataSource database)
    {
        string place =
            options.JournalFolder is { Length: > 0 } given ? given
            : configuration["AISAAS_STATE"] is { Length: > 0 } state ? System.IO.Path.Combine(state, "journal")
            : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } data ? System.IO.Path.Combine(data, "aisaas", "journal")
            : System.IO.Path.Combine(System.IO.Path.GetTempPath(), "aisaas-journal");

        // Whose calls they are is told by the database: a dead process's journal belongs into the one that it wrote to.
        NpgsqlConnectionStringBuilder connection = new(database.ConnectionString);
        byte[] name = SHA256.HashData(Encoding.UTF8.GetBytes($"{connection.Host}:{connection.Port}/{connection.Database}"));
        return new(System.IO.Path.Combine(System.IO.Path.GetFullPath(place), Convert.ToHexStringLower(name.AsSpan(0, 8))));
    }
}
