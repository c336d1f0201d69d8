using AiSaas.Contracts.Documents;

namespace AiSaas.Core.Documents;

/// <summary>A page's blocks and word boxes, packed: about eight bytes a word, a tenth of the same in JSON.</summary>
/// <remarks>
/// Format 2: the byte 2, then variable-length unsigned integers:
/// <code>
/// count of blocks,   for each: kind * 8 + level, start - end of the block before, length
/// count of boxes,    for each: start (zigzag, from the end of the box before), length, x, y, width, height in tenths of a point
/// count of openings, for each: level, start, title
/// </code>
/// Format 1 has no openings.
/// </remarks>
public static class PageLayout
{
    private const byte Format = 2;
    private const byte WithoutOpenings = 1;
    private const double Tenths = 10;

    public static byte[] Pack(IReadOnlyList<PageBlock> blocks, IReadOnlyList<TextBox> boxes, IReadOnlyList<SectionOpening>? openings = null)
    {
        MemoryStream stream = new(16 + (blocks.Count * 6) + (boxes.Count * 10));
        using BinaryWriter writer = new(stream);
        writer.Write(Format);
        writer.Write7BitEncodedInt(blocks.Count);
        int end = 0;
        foreach (var block in blocks)
        {
            writer.Write7BitEncodedInt(((int)block.Kind * 8) + block.Level);
            writer.Write7BitEncodedInt(block.Start - end);
            writer.Write7BitEncodedInt(block.End - block.Start);
            end = block.End;
        }

        writer.Write7BitEncodedInt(boxes.Count);
        end = 0;
        foreach (var box in boxes)
        {
            int gap = box.Start - end;
            writer.Write7BitEncodedInt((gap << 1) ^ (gap >> 31));
            writer.Write7BitEncodedInt(box.End - box.Start);
            writer.Write7BitEncodedInt(ToTenths(box.X));
            writer.Write7BitEncodedInt(ToTenths(box.Y));
            writer.Write7BitEncodedInt(ToTenths(box.Width));
            writer.Write7BitEncodedInt(ToTenths(box.Height));
            end = box.End;
        }

        writer.Write7BitEncodedInt(openings?.Count ?? 0);
        foreach (var opening in openings ?? [])
        {
            writer.Write7BitEncodedInt(opening.Level);
            writer.Write7BitEncodedInt(opening.Start);
            writer.Write(opening.Title);
        }

        writer.Flush();
        return stream.ToArray();
    }

    public static (IReadOnlyList<PageBlock> Blocks, IReadOnlyList<TextBox> Boxes) Unpack(byte[] packed)
    {
        using BinaryReader reader = new(new MemoryStream(packed));
        _ = ReadFormat(reader);
        return Unpack(reader);
    }

    /// <summary>The outline's sections that begin on the page without a heading there.</summary>
    public static IReadOnlyList<SectionOpening> Openings(byte[] packed)
    {
        using BinaryReader reader = new(new MemoryStream(packed));
        if (ReadFormat(reader) == WithoutOpenings)
        {
            return [];
        }

        _ = Unpack(reader);
        var openings = new SectionOpening[reader.Read7BitEncodedInt()];
        for (int i = 0; i < openings.Length; i++)
        {
            openings[i] = new(reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt(), reader.ReadString());
        }

        return openings;
    }

    private static byte ReadFormat(BinaryReader reader) => reader.ReadByte() is (Format or WithoutOpenings) and var known
        ? known : throw new InvalidDataException($"Page layout of an unknown format; this build reads {WithoutOpenings} and {Format}.");

    private static (IReadOnlyList<PageBlock> Blocks, IReadOnlyList<TextBox> Boxes) Unpack(BinaryReader reader)
    {
        var blocks = new PageBlock[reader.Read7BitEncodedInt()];
        int end = 0;
        for (int i = 0; i < blocks.Length; i++)
        {
            int kind = reader.Read7BitEncodedInt();
            int start = end + reader.Read7BitEncodedInt();
            end = start + reader.Read7BitEncodedInt();
            blocks[i] = new PageBlock((BlockKind)(kind / 8), kind % 8, start, end);
        }

        var boxes = new TextBox[reader.Read7BitEncodedInt()];
        end = 0;
        for (int i = 0; i < boxes.Length; i++)
        {
            int gap = reader.Read7BitEncodedInt();
            int start = end + ((int)((uint)gap >> 1) ^ -(gap & 1));
            end = start + reader.Read7BitEncodedInt();
            boxes[i] = new TextBox(
                start, end, reader.Read7BitEncodedInt() / Tenths, reader.Read7BitEncodedInt() / Tenths,
                reader.Read7BitEncodedInt() / Tenths, reader.Read7BitEncodedInt() / Tenths);
        }

        return (blocks, boxes);
    }

    // Some PDFs place words outside of the page; the edge is near enough to point at.
    private static int ToTenths(double points) => (int)Math.Clamp(Math.Round(points * Tenths), 0, 1_000_000);
}
