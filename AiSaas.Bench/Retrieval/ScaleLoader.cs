using System.Globalization;
using System.Text;
using AiSaas.Core.Documents;
using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace AiSaas.Bench.Retrieval;

/// <summary>Writes the scale run's tenants by COPY, as the tables look after an ingestion: what the triggers would have counted is counted
/// here, and the words' index is built at the end.</summary>
internal sealed class ScaleLoader(string owner, ScaleData data)
{
    private const string Space = "use-lite-en";

    public async Task LoadAsync(IReadOnlyList<ScaleTenant> tenants, CancellationToken cancellation)
    {
        NpgsqlDataSourceBuilder builder = new(new NpgsqlConnectionStringBuilder(owner) { CommandTimeout = 3_600, Pooling = false }.ConnectionString);
        builder.UseVector();
        await using var source = builder.Build();
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await ExecuteAsync(connection, "set session_replication_role = replica; set maintenance_work_mem = '1GB'; set synchronous_commit = off", cancellation);
        string index = await ScalarAsync(connection, "select pg_get_indexdef('lexical_passages_words'::regclass)", cancellation);
        await ExecuteAsync(connection, "drop index lexical_passages_words", cancellation);
        foreach (var tenant in tenants)
        {
            await RowsAsync(connection, tenant, cancellation);
            var documents = await DocumentsAsync(connection, tenant, cancellation);
            Guid[] ids = [.. Enumerable.Range(0, tenant.Passages).Select(tenant.Chunk)];
            await WordsAsync(connection, tenant, documents, ids, cancellation);
            await VectorsAsync(connection, tenant, documents, ids, cancellation);
        }

        await ExecuteAsync(connection, index, cancellation);
        await ExecuteAsync(connection, "alter index lexical_passages_words alter column 1 set statistics 0", cancellation);
    }

    private static async Task RowsAsync(NpgsqlConnection connection, ScaleTenant tenant, CancellationToken cancellation)
    {
        await using NpgsqlBatch batch = new(connection);
        Add("insert into tenants (id, name) values ($1, 'Scale')", tenant.Id.Value);
        foreach (var collection in tenant.Collections)
        {
            Add("insert into collections (id, tenant_id, name) values ($1, $2, 'Scale')", collection.Value, tenant.Id.Value);
        }

        await batch.ExecuteNonQueryAsync(cancellation);

        void Add(string sql, params object[] values)
        {
            NpgsqlBatchCommand command = new(sql);
            foreach (object value in values)
            {
                command.Parameters.Add(new() { Value = value });
            }

            batch.BatchCommands.Add(command);
        }
    }

    private static async Task<DocumentId[]> DocumentsAsync(NpgsqlConnection connection, ScaleTenant tenant, CancellationToken cancellation)
    {
        DocumentId[] documents = new DocumentId[(tenant.Passages + ScaleTenant.PerDocument - 1) / ScaleTenant.PerDocument];
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy documents (id, tenant_id, collection_id, name, content_type, bytes, sha256, status, stage, version, chunks) from stdin (format binary)", cancellation);
        for (int i = 0; i < documents.Length; i++)
        {
            documents[i] = DocumentId.From(tenant.Document(i));
            await copy.WriteRowAsync(
                cancellation, documents[i].Value, tenant.Id.Value, tenant.Collections[ScaleTenant.CollectionOf(i)].Value,
                string.Create(CultureInfo.InvariantCulture, $"Document {i}"), "text/plain", 1L, Array.Empty<byte>(), "ready", "ready", 1L,
                Math.Min(ScaleTenant.PerDocument, tenant.Passages - (i * ScaleTenant.PerDocument)));
        }

        await copy.CompleteAsync(cancellation);
        return documents;
    }

    private async Task WordsAsync(
        NpgsqlConnection connection, ScaleTenant tenant, DocumentId[] documents, Guid[] ids, CancellationToken cancellation)
    {
        int[] frequencies = new int[ScaleData.Vocabulary];
        long length = 0;
        int lexicon = int.Parse(
            await ScalarAsync(connection, $"insert into lexicons (tenant_id, language) values ('{tenant.Id}', 'simple') returning number::text", cancellation),
            CultureInfo.InvariantCulture);
        StringBuilder line = new();
        await using (var copy = await connection.BeginTextImportAsync(
            "copy lexical_passages (tenant_id, chunk_id, collection_id, document_id, version, lexicon, length, lexemes) from stdin", cancellation))
        {
            for (int i = 0; i < ids.Length; i++)
            {
                int[] words = data.Words(tenant.First + i);
                int document = i / ScaleTenant.PerDocument;
                line.Clear().Append(CultureInfo.InvariantCulture,
                    $"{tenant.Id}\t{ids[i]}\t{tenant.Collections[ScaleTenant.CollectionOf(document)]}\t{documents[document]}\t1\t{lexicon}\t{words.Length}\t");
                foreach (var word in words.Select((word, place) => (word, place: place + 1)).GroupBy(pair => pair.word, pair => pair.place))
                {
                    frequencies[word.Key]++;
                    line.Append(CultureInfo.InvariantCulture, $"{ScaleData.Word(word.Key)}:{string.Join(',', word)} ");
                }

                length += words.Length;
                await copy.WriteAsync(line.Append('\n'), cancellation);
            }
        }

        await using (var copy = await connection.BeginTextImportAsync(
            "copy chunks (id, tenant_id, collection_id, document_id, version, ordinal, page, start_offset, end_offset, header, text, tokens, language) from stdin",
            cancellation))
        {
            for (int i = 0; i < ids.Length; i++)
            {
                int document = i / ScaleTenant.PerDocument;
                string text = string.Join(' ', data.Words(tenant.First + i).Select(ScaleData.Word));
                line.Clear().Append(CultureInfo.InvariantCulture,
                    $"{ids[i]}\t{tenant.Id}\t{tenant.Collections[ScaleTenant.CollectionOf(document)]}\t{documents[document]}\t1\t{i % ScaleTenant.PerDocument}\t1\t{i * 1000}\t{(i * 1000) + text.Length}\t\t{text}\t0\tsimple\n");
                await copy.WriteAsync(line, cancellation);
            }
        }

        await using (var copy = await connection.BeginTextImportAsync("copy lexicon_terms (tenant_id, lexicon, term, passages) from stdin", cancellation))
        {
            for (int word = 0; word < frequencies.Length; word++)
            {
                if (frequencies[word] > 0)
                {
                    await copy.WriteAsync(string.Create(
                        CultureInfo.InvariantCulture, $"{tenant.Id}\t{lexicon}\t{ScaleData.Word(word)}\t{frequencies[word]}\n"));
                }
            }
        }

        await ExecuteAsync(connection, $"update lexicons set passages = {ids.Length}, length = {length} where number = {lexicon}", cancellation);
    }

    private async Task VectorsAsync(
        NpgsqlConnection connection, ScaleTenant tenant, DocumentId[] documents, Guid[] ids, CancellationToken cancellation)
    {
        float[] vector = new float[ScaleData.Dimensions];
        Half[] halves = new Half[ScaleData.Dimensions];
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy vector_passages (tenant_id, space, chunk_id, collection_id, document_id, version, embedding) from stdin (format binary)", cancellation);
        for (int i = 0; i < ids.Length; i++)
        {
            data.Vector(tenant.First + i, vector);
            System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(vector, halves);
            int document = i / ScaleTenant.PerDocument;
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(tenant.Id.Value, cancellation);
            await copy.WriteAsync(Space, NpgsqlDbType.Text, cancellation);
            await copy.WriteAsync(ids[i], cancellation);
            await copy.WriteAsync(tenant.Collections[ScaleTenant.CollectionOf(document)].Value, cancellation);
            await copy.WriteAsync(documents[document].Value, cancellation);
            await copy.WriteAsync(1L, cancellation);
            await copy.WriteAsync(new HalfVector(halves.AsMemory().ToArray()), cancellation);
        }

        await copy.CompleteAsync(cancellation);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<string> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return (string)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
