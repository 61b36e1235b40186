using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using static Tessera.Coordination.Tests.Data.DataFolder;

namespace Tessera.Coordination.Tests.Data;

public class IdxReaderTests
{
    private const string TrainImages = "train-images-idx3-ubyte";
    private const string TrainLabels = "train-labels-idx1-ubyte";
    private const string TestImages = "t10k-images-idx3-ubyte";
    private const string TestLabels = "t10k-labels-idx1-ubyte";

    [Fact]
    public void Both_pairs_are_read_plain_packed_and_under_their_dotted_name()
    {
        using var folder = new DataFolder()
            .With("train-images.idx3-ubyte", Images(3))
            .With(TrainLabels + ".gz", Gzip(Labels(0, 1, 2)))
            .With(TestImages + ".gz", Images(2)) // not packed in spite of its name
            .With(TestLabels, Gzip(Labels(2, 1))); // packed in spite of its name
        var data = folder.Load(DataSource.Idx);
        Assert.Equal((3, 4, 3), (data.Train.Count, data.Train.Features, data.Train.Classes));
        Assert.Equal([28 / 255f, 35 / 255f, 42 / 255f, 49 / 255f], Features(data.Train, 1));
        Assert.Equal((2, 2), (data.Test.Count, data.Test.Label(0)));
        Assert.Equal(DataSource.Idx, DataLoader.DetectSource(folder.Path));
    }

    [Fact]
    public void One_pair_serves_both_splits()
    {
        using var folder = new DataFolder().With(TestImages, Images(10)).With(TestLabels, Labels(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
        var data = folder.Load(DataSource.Idx, "0..7", "8..9");
        Assert.Equal((8, 2, 8), (data.Train.Count, data.Test.Count, data.Test.Label(0)));
        folder.AssertRefused(DataSource.Idx, null, null, "only data file", "data.train and data.test");
        folder.AssertRefused(DataSource.Idx, "0..7", "7..9", "0..7", "7..9", "overlap");
        folder.AssertRefused(DataSource.Idx, "0..7", "8..10", "8..10", "below 10", "at 9 or before");
        folder.AssertRefused(DataSource.Idx, "0-7", "8..9", "data.train is '0-7'", "0..7999");
    }

    [Fact]
    public void Damaged_and_mislabelled_files_are_refused_with_advice()
    {
        Refused(Images(3), Labels(0, 1), "2 labels", "3, one for each image");
        Refused(Images(3)[..^1], Labels(0, 1, 2), TrainImages, "11 values", "3 x 2 x 2 = 12", "truncated");
        Refused([.. Images(3), 0], Labels(0, 1, 2), "13 values", "= 12");
        Refused(Images(3), Images(3), TrainLabels, "0x00000803", "0x00000801", "exchanged");
        Refused(Labels(1, 2, 3), Labels(0, 1, 2), TrainImages, "0x00000801", "0x00000803");
        Refused(Idx(0x0D, [1, 2, 2], new byte[16]), Labels(0), "0x00000D03", "unsigned byte");
        Refused("GIF89a"u8.ToArray(), Labels(0), "0x47494638", "no IDX file");
        Refused([], Labels(0), "0 bytes", "IDX");
        Refused([0, 0, 8, 3, 0, 0], Labels(0), "6 bytes", "header of 16 bytes");
        Refused(Idx(8, [0, 2, 2], []), Labels(), "dimension 0 is 0", "from 1 up");
        Refused(Idx(8, [int.MaxValue, 28, 28], []), Labels(0), "dimension 1 is 28", "2^31");
        Refused(Gzip(Images(3))[..^14], Labels(0, 1, 2), TrainImages);
        var damaged = Gzip(Images(300));
        damaged[damaged.Length / 2] ^= 0xFF;
        Refused(damaged, Labels(0, 1, 2), TrainImages);

        static void Refused(byte[] images, byte[] labels, params string[] parts)
        {
            using var folder = new DataFolder().With(TrainImages, images).With(TrainLabels, labels);
            folder.AssertRefused(DataSource.Idx, null, null, parts);
        }
    }

    [Fact]
    public void Test_files_must_match_the_training_files()
    {
        using var classes = new DataFolder()
            .With(TrainImages, Images(2)).With(TrainLabels, Labels(0, 1)).With(TestImages, Images(1)).With(TestLabels, Labels(5));
        classes.AssertRefused(DataSource.Idx, null, null, TestLabels, "label 5", "0 to 1");
        using var width = new DataFolder()
            .With(TrainImages, Images(2)).With(TrainLabels, Labels(0, 1)).With(TestImages, Images(1, 6)).With(TestLabels, Labels(0));
        width.AssertRefused(DataSource.Idx, null, null, "6 features", "4 as in the training file");
    }

    [Fact]
    public void Missing_files_and_folders_are_named()
    {
        using var empty = new DataFolder();
        empty.AssertRefused(DataSource.Idx, null, null, empty.Path, TrainImages, "Give another folder");
        Assert.Throws<DataException>(() => DataLoader.DetectSource(empty.Path));
        using var half = new DataFolder().With(TrainImages, Images(1));
        half.AssertRefused(DataSource.Idx, null, null, TrainImages, "partner is missing", TrainLabels);
        using var otherHalf = new DataFolder().With(TrainLabels, Labels(1));
        otherHalf.AssertRefused(DataSource.Idx, null, null, TrainLabels, "partner is missing", TrainImages);

        var absent = new DataConfig { Source = DataSource.Idx, Folder = Path.Combine(empty.Path, "nowhere") };
        Assert.Contains("does not exist", Assert.Throws<DataException>(() => DataLoader.Load(absent, 1, 1)).Message, StringComparison.Ordinal);
        var file = absent with { Folder = Path.Combine(half.Path, TrainImages) };
        Assert.Contains("is a file", Assert.Throws<DataException>(() => DataLoader.Load(file, 1, 1)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "--data", Assert.Throws<DataException>(() => DataLoader.Load(absent with { Folder = null }, 1, 1)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void MNIST_reads_as_the_world_knows_it()
    {
        var path = Environment.GetEnvironmentVariable("TESSERA_DATA");
        Skip.If(string.IsNullOrEmpty(path), "TESSERA_DATA is not set to a folder of MNIST files.");
        var config = new DataConfig { Source = DataSource.Idx, Folder = path, Train = "0..7999", Test = "8000..9999" };
        var data = DataLoader.Load(config, 1, 1);
        Skip.If(data.Train.Label(0) == 5, "The folder also holds the training files; the figures below are of the t10k files.");
        Assert.Equal((8000, 2000, 784, 10), (data.Train.Count, data.Test.Count, data.Train.Features, data.Train.Classes));
        Assert.Equal([7, 2, 1, 0, 4, 1, 4, 9, 5, 9], Enumerable.Range(0, 10).Select(data.Train.Label));

        // Published counts of the ten digits and mean brightness of the 10,000 test images.
        var counts = new int[10];
        var sum = 0.0;
        foreach (var set in new[] { data.Train, data.Test })
        {
            for (var i = 0; i < set.Count; i++)
            {
                counts[set.Label(i)]++;
                sum += Features(set, i).Sum(value => (double)value);
            }
        }

        Assert.Equal([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009], counts);
        Assert.InRange(sum / 7_840_000, 0.13251, 0.13252);
    }
}
