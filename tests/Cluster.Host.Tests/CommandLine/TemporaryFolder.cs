using System.Buffers.Binary;

namespace Tessera.Host.Tests.CommandLine;

/// <summary>A folder that lives as long as a test, with the files that tests of the command line need.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("tessera-host-").FullName;

    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>Writes a text file and returns its path.</summary>
    public string Write(string name, string text)
    {
        string path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Writes square IDX images and their labels, which alternate between 0 and another, under MNIST's names; returns the folder.</summary>
    public string WriteIdx(string name, int images, int labels, int imageBytesMissing = 0, byte type = 0x08, byte label = 1, int side = 2)
    {
        string folder = PathOf(name);
        Directory.CreateDirectory(folder);
        foreach (string split in new[] { "train", "t10k" })
        {
            byte[] pixels = Idx([images, side, side], type);
            for (int index = 16; index < pixels.Length; index++) { pixels[index] = (byte)(index * 37); }
            File.WriteAllBytes(Path.Combine(folder, $"{split}-images-idx3-ubyte"), pixels[..^imageBytesMissing]);
            byte[] classes = Idx([labels], 0x08);
            for (int index = 8; index < classes.Length; index++) { classes[index] = (byte)(index % 2 == 0 ? 0 : label); }
            File.WriteAllBytes(Path.Combine(folder, $"{split}-labels-idx1-ubyte"), classes);
        }

        return folder;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static byte[] Idx(int[] dimensions, byte type)
    {
        int values = 1;
        foreach (int dimension in dimensions) { values *= dimension; }
        byte[] file = new byte[4 + (4 * dimensions.Length) + values];
        file[2] = type;
        file[3] = (byte)dimensions.Length;
        for (int index = 0; index < dimensions.Length; index++) { BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + (4 * index)), dimensions[index]); }
        return file;
    }
}
