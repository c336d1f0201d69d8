using System.Numerics;
using AiSaas.Llm.Prices;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.Configuration;

namespace AiSaas.Tests.Gateway.Prices;

public sealed class PriceTests
{
    private static readonly PriceTable Table = PriceServices.Table(new ConfigurationBuilder().Build());

    [Fact]
    public void The_file_prices_more_than_sixty_models_of_every_kind_and_says_where_each_figure_comes_from()
    {
        var file = PriceFile.Read();

        Assert.True(file.Models.Count >= 60, $"{file.Models.Count} models");
        Assert.Equal(file.Models.Count, file.Models.DistinctBy(model => (model.Provider, model.Model)).Count());
        Assert.All(file.Models, model => Assert.NotNull(model.Source));
        Assert.All(["openai", "anthropic", "google", "bedrock", "mistral", "deepseek", "xai", "groq", "cohere", "voyage"],
            provider => Assert.Contains(file.Models, model => model.Provider == provider));
        Assert.All(file.Models, model => Assert.True(model.ToPrice() is { IsFree: false } price && (model.Mode != "chat" || price.Rates.Output > 0)));
    }

    [Theory]
    [InlineData("openai", "openai", "gpt-4o-mini", 1_000_000, 0, 0, 0, 150_000_000)]
    [InlineData("openai", "openai", "gpt-4o-mini-2024-07-18", 0, 1_000_000, 0, 0, 600_000_000)]
    [InlineData("openai", "openai", "gpt-4o-mini", 1_000, 0, 1_000, 0, 75_000)]
    [InlineData("openai", "openai", "gpt-4o-2024-05-13", 1_000_000, 0, 0, 0, 5_000_000_000)]
    [InlineData("west-europe", "azure-openai", "gpt-4o", 1_000_000, 0, 0, 0, 2_500_000_000)]
    [InlineData("anthropic", "anthropic", "claude-sonnet-4-5-20250929", 1_000, 1_000, 600, 300, (100 * 3_000) + (600 * 300) + (300 * 3_750) + (1_000 * 15_000))]
    [InlineData("aws", "bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0", 1_000, 0, 0, 0, 1_000_000)]
    [InlineData("aws", "bedrock", "amazon.titan-embed-text-v2:0", 1_000, 0, 0, 0, 20_000)]
    [InlineData("google", "google", "models/gemini-2.5-pro", 200_000, 1_000, 0, 0, 250_000_000 + 10_000_000)]
    [InlineData("google", "google", "gemini-2.5-pro", 200_001, 1_000, 0, 0, 500_002_500 + 15_000_000)]
    [InlineData("groq", "openai-compatible", "openai/gpt-oss-20b", 1, 0, 1, 0, 38)]
    [InlineData("local", "local", "extractive-1", 5_000, 5_000, 0, 0, 0)]
    public void Known_models_cost_what_their_providers_say(
        string provider, string kind, string model, long input, long output, long cached, long written, long nanos) =>
        Assert.Equal(nanos, Table.Find(provider, kind, model)!.CostNanos(new TokenUsage(input, output, cached, written)));

    [Fact]
    public void What_no_price_is_known_of_has_none_and_a_batch_costs_half()
    {
        Assert.Null(Table.Find("openai", "openai", "gpt-99"));
        Assert.Null(Table.Find("mine", "openai-compatible", "gpt-4o"));
        TokenUsage usage = new(1_000, 1_000);
        Assert.Equal(750_000, Table.Find("openai", "openai", "gpt-4o-mini")!.CostNanos(usage));
        Assert.Equal(375_000, Table.Find("openai", "openai", "gpt-4o-mini")!.CostNanos(usage, batch: true));
    }

    [Fact]
    public void A_cost_is_the_exact_sum_of_its_parts_rounded_up_once_and_never_falls_with_more_tokens()
    {
        Random random = new(20261121);
        for (int i = 0; i < 20_000; i++)
        {
            TokenRates rates = new(random.NextInt64(1_000_000_000), random.NextInt64(1_000_000_000))
            {
                CachedInput = random.NextInt64(1_000_000_000),
                CacheWrite = random.NextInt64(1_000_000_000),
                Reasoning = random.NextInt64(1_000_000_000),
            };
            long input = random.NextInt64(2_000_000), cached = random.NextInt64(input + 1), written = random.NextInt64(input - cached + 1);
            long output = random.NextInt64(2_000_000), reasoning = random.NextInt64(output + 1);
            ModelPrice price = new() { Rates = rates };

            long cost = price.CostNanos(new TokenUsage(input, output, cached, written, reasoning));

            var exact = ((BigInteger)(input - cached - written) * rates.Input) + ((BigInteger)cached * rates.CachedInput)
                + ((BigInteger)written * rates.CacheWrite) + ((BigInteger)(output - reasoning) * rates.Output) + ((BigInteger)reasoning * rates.Reasoning);
            Assert.Equal((exact + 999) / 1_000, cost);
            Assert.True(cost <= price.CostNanos(new TokenUsage(input + 1, output + 1, cached, written, reasoning)));
        }
    }

    [Fact]
    public void Absurd_numbers_neither_overflow_nor_pay_back()
    {
        ModelPrice price = new() { Rates = new(long.MaxValue, long.MaxValue) };

        Assert.Equal(long.MaxValue, price.CostNanos(new TokenUsage(long.MaxValue, long.MaxValue)));
        Assert.Equal(0, price.CostNanos(new TokenUsage(-5, -5, -5, -5, -5)));
        Assert.Equal(new ModelPrice { Rates = new(1_000, 0) }.CostNanos(new TokenUsage(10, 0)), new ModelPrice { Rates = new(1_000, 0) }.CostNanos(new TokenUsage(10, 0, 99, 99)));
    }

    [Fact]
    public void Settings_go_over_the_file_and_all_their_faults_are_named_at_once()
    {
        var table = PriceServices.Table(Settings(
            ("Gateway:Prices:openai:gpt-4o-mini:Input", "7"), ("Gateway:Prices:openai:gpt-4o-mini:Output", "8"), ("Gateway:Prices:mine:llama:Input", "0.0375")));
        Assert.EndsWith("+settings", table.Version, StringComparison.Ordinal);
        Assert.Equal(7_000, table.Find("openai", "openai", "gpt-4o-mini-2024-07-18")!.CostNanos(new TokenUsage(1, 0)));
        Assert.Equal(38, table.Find("mine", "openai-compatible", "llama")!.CostNanos(new TokenUsage(1, 0)));

        var refused = Assert.Throws<InvalidOperationException>(() => PriceServices.Table(Settings(
            ("Gateway:Prices:a:m:Input", "-1"), ("Gateway:Prices:b:m:Output", "1"), ("Gateway:Prices:c:m:Input", "0.0000001"))));
        Assert.Contains("a/m: input is '-1'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("b/m: input is missing", refused.Message, StringComparison.Ordinal);
        Assert.Contains("c/m: input is '0.0000001'", refused.Message, StringComparison.Ordinal);
    }

    private static IConfiguration Settings(params (string Key, string? Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(one => one.Key, one => one.Value)).Build();
}
