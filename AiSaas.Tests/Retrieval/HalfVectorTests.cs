using AiSaas.Core.Persistence;
using AiSaas.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Pgvector;
using Pgvector.EntityFrameworkCore;

namespace AiSaas.Tests.Retrieval;

/// <summary>Vectors through Npgsql and through EF, in binary, with the distances in SQL.</summary>
public sealed class HalfVectorTests(Stack stack) : IClassFixture<Stack>
{
    [Fact]
    public async Task Entities_with_vectors_make_the_round_trip_and_are_ordered_by_distance()
    {
        await stack.ScalarAsync<int>(
            "create table if not exists things (id integer primary key, half halfvec(3), whole vector(3)); grant all on things to public");
        await using var source = PersistenceServices.DataSource(stack.Postgres);
        await using ThingsDb things = new(new DbContextOptionsBuilder<ThingsDb>().UseNpgsql(source, npgsql => npgsql.UseVector()).Options);
        things.Things.AddRange(
            new Thing(1, Half(1, 0, 0), new Vector(new float[] { 1, 0, 0 })),
            new Thing(2, Half(0, 1, 0), new Vector(new float[] { 0, 1, 0 })),
            new Thing(3, null, null));
        await things.SaveChangesAsync(TestContext.Current.CancellationToken);
        things.ChangeTracker.Clear();

        var probe = Half(0.9f, 0.1f, 0);
        var near = await things.Things.Where(thing => thing.Half != null)
            .OrderBy(thing => thing.Half!.CosineDistance(probe))
            .Select(thing => new { thing.Id, thing.Half, thing.Whole, L2 = thing.Half!.L2Distance(probe), Inner = thing.Half!.MaxInnerProduct(probe) })
            .ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([1, 2], near.Select(thing => thing.Id));
        Assert.Equal(Half(1, 0, 0), near[0].Half);
        Assert.Equal([1f, 0, 0], near[0].Whole!.ToArray());
        Assert.Equal(Math.Sqrt(.02), near[0].L2, 1e-3);
        Assert.Equal(-.9, near[0].Inner, 1e-3);
    }

    [Fact]
    public async Task Every_kind_is_written_by_copy_and_read_back_in_arrays_and_alone()
    {
        await using var source = PersistenceServices.DataSource(stack.Postgres);
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using (NpgsqlCommand make = new("create temp table kinds (h halfvec(512), v vector(512), s sparsevec(512))", connection))
        {
            await make.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        HalfVector half = new(Enumerable.Range(0, 512).Select(i => (Half)(i / 512f)).ToArray());
        Vector whole = new(Enumerable.Range(0, 512).Select(i => i / 7f).ToArray());
        SparseVector sparse = new(new Dictionary<int, float> { [3] = 1.5f, [500] = -2 }, 512);
        await using (var copy = await connection.BeginBinaryImportAsync("copy kinds from stdin (format binary)", TestContext.Current.CancellationToken))
        {
            await copy.StartRowAsync(TestContext.Current.CancellationToken);
            await copy.WriteAsync(half, TestContext.Current.CancellationToken);
            await copy.WriteAsync(whole, TestContext.Current.CancellationToken);
            await copy.WriteAsync(sparse, TestContext.Current.CancellationToken);
            await copy.CompleteAsync(TestContext.Current.CancellationToken);
        }

        await using NpgsqlCommand read = new("select h, v, s, array[h, h], v::text, s::text, $1::halfvec = h from kinds", connection);
        read.Parameters.AddWithValue(half);
        await using var reader = await read.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(half, reader.GetFieldValue<HalfVector>(0));
        Assert.Equal(whole, reader.GetValue(1));
        Assert.Equal(sparse.ToArray(), reader.GetFieldValue<SparseVector>(2).ToArray());
        Assert.Equal([half, half], reader.GetFieldValue<HalfVector[]>(3));
        Assert.Equal(whole, new Vector(reader.GetString(4)));
        Assert.Equal(sparse.ToString(), reader.GetString(5));
        Assert.True(reader.GetBoolean(6));
    }

    private static HalfVector Half(params float[] values) => new(Array.ConvertAll(values, value => (Half)value));

    private sealed record Thing(int Id, HalfVector? Half, Vector? Whole);

    private sealed class ThingsDb(DbContextOptions<ThingsDb> options) : DbContext(options)
    {
        public DbSet<Thing> Things => Set<Thing>();

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Thing>(thing =>
        {
            thing.ToTable("things");
            thing.Property(one => one.Id).HasColumnName("id").ValueGeneratedNever();
            thing.Property(one => one.Half).HasColumnName("half").HasColumnType("halfvec(3)");
            thing.Property(one => one.Whole).HasColumnName("whole").HasColumnType("vector(3)");
        });
    }
}
