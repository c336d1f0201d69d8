using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Gateway;
using AiSaas.Core.Gateway.Prices;
using AiSaas.Llm.Prices;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Gateway;

/// <summary>What models cost, and the workspace's own prices over that.</summary>
internal static class AdminPriceEndpoints
{
    private const int MostAtOnce = 500;

    public static void MapPrices(this RouteGroupBuilder admin)
    {
        admin.MapGet("/prices", List);
        admin.MapPut("/prices", Put);
        admin.MapDelete("/prices/{provider}/{**model}", Delete);
    }

    private static async Task<Ok<PriceList>> List(CurrentUser caller, PriceDesk desk, CancellationToken cancellation) =>
        TypedResults.Ok(await ListAsync(caller, desk, cancellation));

    private static async Task<Results<Ok<PriceList>, ProblemHttpResult>> Put(
        PutPricesRequest request, CurrentUser caller, PriceDesk desk, CancellationToken cancellation)
    {
        if (request.Models is not { Count: > 0 and <= MostAtOnce })
        {
            return Problems.Invalid("gateway:bad-prices", $"models has 1 to {MostAtOnce} entries.");
        }

        PriceEntry[] entries = [.. request.Models.Select(Entry)];
        if (entries.SelectMany(entry => entry.Faults()).Take(20).ToList() is [_, ..] faults)
        {
            return Problems.Invalid("gateway:bad-prices", string.Join(' ', faults));
        }

        return await desk.PutAsync(caller.Tenant, entries, cancellation)
            ? TypedResults.Ok(await ListAsync(caller, desk, cancellation))
            : Problems.Conflict("gateway:too-many-prices", $"A workspace has up to {PriceOverrides.MostPerTenant} prices of its own.");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string provider, string model, CurrentUser caller, PriceDesk desk, CancellationToken cancellation) =>
        await desk.DeleteAsync(caller.Tenant, provider, model, cancellation)
            ? TypedResults.NoContent()
            : Problems.NotFound("gateway:no-price", "This workspace has no such price of its own.");

    private static async Task<PriceList> ListAsync(CurrentUser caller, PriceDesk desk, CancellationToken cancellation)
    {
        var (version, prices) = await desk.ListAsync(caller.Tenant, cancellation);
        return new(version, desk.Notes, [.. prices.Select(price => new PriceInfo(price.Origin, Shown(price.Entry)))]);
    }

    private static ModelPriceEntry Shown(PriceEntry entry) => new(
        entry.Provider, entry.Model, entry.Input, entry.Output, entry.CachedRead, entry.CacheWrite, entry.CacheWriteHour, entry.Reasoning,
        entry.BatchInput, entry.BatchOutput, entry.BatchCachedRead,
        entry.Tiers.Count == 0 ? null : [.. entry.Tiers.Select(tier => new ModelPriceTier(
            tier.AboveInput, tier.Input, tier.Output, tier.CachedRead, tier.CacheWrite, tier.CacheWriteHour, tier.Reasoning))],
        entry.Aliases.Count == 0 ? null : entry.Aliases, entry.Mode, entry.ContextWindow, entry.MaxOutput, entry.Source);

    private static PriceEntry Entry(ModelPriceEntry given) => new()
    {
        Provider = given.Provider?.Trim() ?? "",
        Model = given.Model?.Trim() ?? "",
        Mode = given.Mode ?? (given.Output is null ? "embedding" : "chat"),
        Aliases = given.Aliases ?? [],
        Input = given.Input,
        Output = given.Output,
        CachedRead = given.CachedRead,
        CacheWrite = given.CacheWrite,
        CacheWriteHour = given.CacheWrite1h,
        Reasoning = given.Reasoning,
        BatchInput = given.BatchInput,
        BatchOutput = given.BatchOutput,
        BatchCachedRead = given.BatchCachedRead,
        Tiers = [.. (given.Tiers ?? []).Select(tier => new PriceEntryTier
        {
            AboveInput = tier.AboveInput,
            Input = tier.Input,
            Output = tier.Output,
            CachedRead = tier.CachedRead,
            CacheWrite = tier.CacheWrite,
            CacheWriteHour = tier.CacheWrite1h,
            Reasoning = tier.Reasoning,
        })],
        ContextWindow = given.ContextWindow,
        MaxOutput = given.MaxOutput,
        Source = given.Source,
    };
}
