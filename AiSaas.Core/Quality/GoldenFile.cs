using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Quality;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Quality;

/// <summary>Golden questions as JSON lines: <c>{"question", "expected":[{"documentName", "quote"}], "tags"}</c>.</summary>
/// <remarks>Lines that are wrong are told and left out; the others are taken, all in one transaction. A question that is there already is
/// replaced, so that a file can be sent again.</remarks>
public sealed class GoldenFile(TenantDatabase database)
{
    public const int MostBytes = 8 * 1024 * 1024;
    private const int MostFaults = 100;

    public static byte[] Write(GoldenQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return
        [
            .. JsonSerializer.SerializeToUtf8Bytes(
                new GoldenQuestionBody(question.Question, question.Expected, question.Tags.Count > 0 ? question.Tags : null),
                ContractsJson.Default.GoldenQuestionBody),
            (byte)'\n',
        ];
    }

    /// <returns>Null where the collection doesn't exist.</returns>
    public async Task<GoldenImport?> ReadAsync(
        TenantId tenant, CollectionId collection, UserId user, string lines, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lines);
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await work.ScalarAsync<bool>(
            "select true from collections where tenant_id = $1 and id = $2 for no key update", cancellation, tenant, collection))
        {
            return null;
        }

        long there = await work.ScalarAsync<long>(
            "select count(*) from golden_questions where tenant_id = $1 and collection_id = $2", cancellation, tenant, collection);
        int added = 0;
        int updated = 0;
        int number = 0;
        List<GoldenFault> faults = [];
        using StringReader reader = new(lines);
        while (reader.ReadLine() is { } line && faults.Count < MostFaults)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            if (there + added >= GoldenRules.MostQuestions)
            {
                faults.Add(new(number, $"A collection has up to {GoldenRules.MostQuestions:N0} golden questions."));
                break;
            }

            var (body, fault) = Parse(line);
            var (expected, unnamed) = body is null ? ([], fault) : await GoldenNames.ReadAsync(work, collection, body.Expected, cancellation);
            if (unnamed is not null)
            {
                faults.Add(new(number, unnamed));
                continue;
            }

            bool isNew = (await GoldenRows.PutAsync(work, collection, user, body!, expected, cancellation)).New;
            added += isNew ? 1 : 0;
            updated += isNew ? 0 : 1;
        }

        await work.CommitAsync(cancellation);
        return new(added, updated, faults);
    }

    private static (GoldenQuestionBody? Body, string? Fault) Parse(string line)
    {
        try
        {
            var body = JsonSerializer.Deserialize(line, ContractsJson.Default.GoldenQuestionBody);
            return body is null ? (null, "The line is null.") : GoldenRules.Fault(body) is { } fault ? (null, fault) : (body, null);
        }
        catch (JsonException broken)
        {
            return (null, $"The line is no JSON of a golden question, at byte {broken.BytePositionInLine}.");
        }
    }
}
