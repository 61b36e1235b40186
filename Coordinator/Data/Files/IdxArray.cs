using System.Buffers.Binary;
using System.IO.Compression;

namespace Tessera.Coordination.Data.Files;

/// <summary>
/// An array of bytes in the IDX format of MNIST: two zero bytes, the type code, the number of dimensions, each dimension as a big-endian
/// 32-bit number, then the values, last dimension fastest. Files packed with gzip are known by their first two bytes, not by their name.
/// </summary>
/// <param name="File">Path, for messages.</param>
/// <param name="Dimensions">Lengths, outermost first.</param>
/// <param name="Values">All values, without the header.</param>
internal sealed record IdxArray(string File, int[] Dimensions, byte[] Values)
{
    private const byte UnsignedByte = 0x08;

    /// <summary>Reads and checks a whole file of unsigned bytes.</summary>
    /// <param name="file">Path.</param>
    /// <param name="dimensions">Expected number of dimensions: 1 for labels, 3 for images.</param>
    /// <exception cref="DataException">The file is missing, unreadable, not IDX, of another shape, or longer or shorter than its header says.</exception>
    public static IdxArray Read(string file, int dimensions)
    {
        var bytes = Unpacked(file, DataFile.ReadAllBytes(file));
        CheckMagic(file, bytes, dimensions);
        var headerBytes = 4 + (4 * dimensions);
        if (bytes.Length < headerBytes)
        {
            throw DataException.About(file, $"it ends after {bytes.Length} bytes", $"a header of {headerBytes} bytes", DataFile.CopyAgain);
        }

        var lengths = new int[dimensions];
        var product = 1L;
        for (var i = 0; i < dimensions; i++)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(4 + (4 * i)));
            if (length is 0 or > int.MaxValue || (product *= length) > int.MaxValue)
            {
                throw DataException.About(
                    file, $"dimension {i} is {length}", "dimensions from 1 up and fewer than 2^31 values in all", "Check that the file is the one you meant.");
            }

            lengths[i] = (int)length;
        }

        if (bytes.Length - headerBytes != product)
        {
            throw DataException.About(
                file,
                $"{bytes.Length - headerBytes:N0} values follow the header",
                $"{string.Join(" x ", lengths)} = {product:N0}",
                DataFile.CopyAgain);
        }

        return new IdxArray(file, lengths, bytes[headerBytes..]);
    }

    private static void CheckMagic(string file, byte[] bytes, int dimensions)
    {
        if (bytes.Length < 4)
        {
            throw DataException.About(file, $"it holds {bytes.Length} bytes", "an IDX file", DataFile.CopyAgain);
        }

        var magic = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var expected = ((uint)UnsignedByte << 8) | (uint)dimensions;
        if (magic == expected)
            return;

        var what = (magic >> 16) != 0 ? "This is no IDX file"
            : ((magic >> 8) & 255) != UnsignedByte ? "Its type code is not 'unsigned byte' (0x08)"
            : $"It has {magic & 255} dimensions; images have 3 and labels 1, perhaps two files are exchanged";
        throw DataException.About(file, $"it begins with the magic number 0x{magic:X8}", $"0x{expected:X8}", $"{what}: give the MNIST files as they are published.");
    }

    private static byte[] Unpacked(string file, byte[] bytes)
    {
        if (bytes is not [0x1F, 0x8B, ..])
            return bytes;

        try
        {
            using var packed = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            packed.CopyTo(plain);
            return plain.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"Data file '{file}': the gzip stream is damaged ({e.Message}). {DataFile.CopyAgain}", e);
        }
    }
}
