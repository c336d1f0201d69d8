using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AiSaas.Core.Chat;

/// <summary>A conversation of one person in one workspace.</summary>
public sealed class Conversation
{
    public required ConversationId Id { get; init; }

    public required TenantId TenantId { get; init; }

    public required UserId UserId { get; init; }

    /// <summary>Empty until the first question gives it one.</summary>
    public string Title { get; set; } = "";

    public bool Pinned { get; set; }

    /// <summary>What is searched; empty means every collection of the workspace.</summary>
    public IReadOnlyList<Guid> CollectionIds { get; set; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }
}

internal sealed class ConversationConfiguration : IEntityTypeConfiguration<Conversation>
{
    public void Configure(EntityTypeBuilder<Conversation> builder)
    {
        builder.ToTable("conversations");
        builder.HasKey(conversation => conversation.Id);
        builder.PrimitiveCollection(conversation => conversation.CollectionIds).HasColumnType("uuid[]");
    }
}
