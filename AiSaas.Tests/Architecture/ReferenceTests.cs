using System.Reflection;
using AiSaas.Core.Persistence;
using AiSaas.Llm;
using AiSaas.Web.Components;

namespace AiSaas.Tests.Architecture;

/// <summary>Which project may know what. The message of each failure says the repair.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public void The_model_library_knows_no_tenants_no_database_and_no_web() => Knows(
        typeof(LlmServices).Assembly, "AiSaas.Llm is blind to tenants: move what needs this to AiSaas.Core/Gateway.",
        "AiSaas.Core", "AiSaas.Contracts", "Microsoft.EntityFrameworkCore", "Npgsql", "Microsoft.AspNetCore", "StackExchange.Redis");

    [Fact]
    public void The_front_end_talks_to_the_api_only() => Knows(
        typeof(App).Assembly, "Pages ask the api: add a route there and its shape to AiSaas.Contracts.",
        "AiSaas.Core", "AiSaas.Llm", "Npgsql", "StackExchange.Redis", "Microsoft.EntityFrameworkCore");

    [Fact]
    public void What_goes_over_the_wire_has_no_behaviour_behind_it() => Knows(
        typeof(Contracts.ContractsJson).Assembly, "Contracts are shapes: put behaviour where it belongs, in AiSaas.Core.",
        "AiSaas.Core", "AiSaas.Llm", "Npgsql", "StackExchange.Redis");

    [Fact]
    public void The_core_knows_no_program() => Knows(
        typeof(TenantDatabase).Assembly, "AiSaas.Core serves api and workers alike: move what needs this to the program.",
        "AiSaas.Api", "AiSaas.Ingestion", "AiSaas.Web", "AiSaas.ServiceDefaults");

    private static void Knows(Assembly assembly, string repair, params string[] forbidden)
    {
        string[] found = [.. assembly.GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => forbidden.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))];
        Assert.True(found.Length == 0, $"{assembly.GetName().Name} references {string.Join(", ", found)}. {repair}");
    }
}
