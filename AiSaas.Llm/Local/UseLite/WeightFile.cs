using System.Runtime.InteropServices;
using System.Text.Json;

namespace AiSaas.Llm.Local.UseLite;

/// <summary>Reads the weights of a TensorFlow.js graph model: a manifest in <c>model.json</c>, values in shards beside it.</summary>
internal sealed class WeightFile
{
    /// <summary>The real one has 28 MB; a manifest that claims much more is not this model.</summary>
    private const long LargestTotal = 256L * 1024 * 1024;

    private readonly Dictionary<string, float[]> _weights = [];

    private WeightFile()
    {
    }

    public static WeightFile Load(string modelFolder)
    {
        string manifestPath = ModelFolder.File(modelFolder, "model.json");
        string folder = Path.GetDirectoryName(manifestPath)!;
        using var stream = File.OpenRead(manifestPath);
        using var manifest = JsonDocument.Parse(stream);
        WeightFile file = new();
        foreach (var group in manifest.RootElement.GetProperty("weightsManifest").EnumerateArray())
        {
            var shards = group.GetProperty("paths").EnumerateArray().Select(path => Shard(folder, path.GetString()!));
            file.Read(group.GetProperty("weights"), Join([.. shards]));
        }

        return file;
    }

    /// <summary>The one weight whose name contains all parts and that has this many values.</summary>
    public float[] Find(int values, params ReadOnlySpan<string> parts)
    {
        string[] wanted = parts.ToArray();
        string[] names = [.. _weights.Keys.Where(name => wanted.All(part => name.Contains(part, StringComparison.Ordinal)))];
        return names is [var only] && _weights[only].Length == values
            ? _weights[only]
            : throw new InvalidDataException($"The model file has {names.Length} weights like '{string.Join("…", wanted)}', not exactly one of {values} values.");
    }

    private void Read(JsonElement weights, byte[] bytes)
    {
        const int ValueSize = 4; // int32 and float32 are all the types that occur
        int offset = 0;
        foreach (var weight in weights.EnumerateArray())
        {
            string name = weight.GetProperty("name").GetString()!;
            int size = weight.GetProperty("shape").EnumerateArray().Aggregate(ValueSize, (product, side) => checked(product * side.GetInt32()));
            if (size > bytes.Length - offset)
            {
                throw new InvalidDataException($"The model's shards end before '{name}'. Delete the model folder and install it again.");
            }

            if (weight.GetProperty("dtype").GetString() == "float32")
            {
                _weights[name] = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(offset, size)).ToArray();
            }

            offset += size;
        }
    }

    // A manifest names siblings only; anything else would read outside the model's folder.
    private static string Shard(string folder, string name) =>
        name == Path.GetFileName(name) ? ModelFolder.File(folder, name) : throw new InvalidDataException($"'{name}' is no shard beside model.json.");

    private static byte[] Join(string[] paths)
    {
        long total = paths.Sum(path => new FileInfo(path).Length);
        if (total > LargestTotal)
        {
            throw new InvalidDataException($"The model's shards have {total} bytes, more than {LargestTotal}.");
        }

        byte[] bytes = new byte[total];
        int offset = 0;
        foreach (string path in paths)
        {
            using var shard = File.OpenRead(path);
            int length = checked((int)shard.Length);
            shard.ReadExactly(bytes, offset, length);
            offset += length;
        }

        return bytes;
    }
}
