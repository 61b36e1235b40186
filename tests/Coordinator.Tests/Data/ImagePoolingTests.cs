using System.Text;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Kernels.Configuration;

namespace Tessera.Coordination.Tests.Data;

public sealed class ImagePoolingTests
{
    private const string Images = "t10k-images-idx3-ubyte";
    private const string Labels = "t10k-labels-idx1-ubyte";

    [Fact]
    public void A_pixel_is_the_mean_of_its_square_added_up_row_by_row()
    {
        // Two images of 2 rows and 4 columns; the sums round differently in another order.
        byte[] pixels = [1, 254, 3, 77, 255, 6, 200, 13, 0, 255, 255, 255, 0, 0, 255, 254];
        using var folder = new DataFolder().With(Images, DataFolder.Idx(8, [2, 2, 4], pixels)).With(Labels, DataFolder.Labels(0, 1));
        var data = Load(folder, DataSource.Idx, 2);
        Assert.Equal((2, 2), (data.Train.Features, data.Train.Classes));
        float[] first = [(((1 / 255f) + (254 / 255f)) + (255 / 255f) + (6 / 255f)) / 4, (((3 / 255f) + (77 / 255f)) + (200 / 255f) + (13 / 255f)) / 4];
        Assert.Equal(first, DataFolder.Features(data.Train, 0));
        Assert.Equal([0.25f, (1f + 1f + 1f + (254 / 255f)) / 4], DataFolder.Features(data.Test, 0));
        Assert.Equal((0, 1), (data.Train.Label(0), data.Test.Label(0)));
    }

    [Fact]
    public void Rows_of_text_are_square_images()
    {
        var row = string.Join(',', Enumerable.Range(1, 16));
        using var folder = new DataFolder().With("train.csv", $"0,{row}\n1,{row}\n");
        Assert.Equal([3.5f, 5.5f, 11.5f, 13.5f], DataFolder.Features(Load(folder, DataSource.Csv, 2).Train, 0));
        Assert.Equal([8.5f], DataFolder.Features(Load(folder, DataSource.Csv, 4).Train, 0));
    }

    [Fact]
    public void Arrays_say_how_high_their_images_are()
    {
        using var folder = new DataFolder()
            .With("x_train.npy", DataFolder.Npy(DataFolder.NpyHeader("<f4", "2, 2, 4"), DataFolder.Bytes(1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 4f)))
            .With("y_train.npy", DataFolder.Npy(DataFolder.NpyHeader("<i8", "2,"), DataFolder.Bytes(0L, 1L)));
        var data = Load(folder, DataSource.Npy, 2);
        Assert.Equal([3.5f, 5.5f], DataFolder.Features(data.Train, 0));
        Assert.Equal([0f, 1f], DataFolder.Features(data.Test, 0));
    }

    [Fact]
    public void The_built_in_digits_become_smaller()
    {
        var plain = DataLoader.Load(new DataConfig { Train = "0..9", Test = "0..9" }, 1, 2).Train;
        var pooled = DataLoader.Load(new DataConfig { Train = "0..9", Test = "0..9", Pool = 2 }, 1, 2).Train;
        Assert.Equal((10, 196, 10), (pooled.Count, pooled.Features, pooled.Classes));
        var pixels = DataFolder.Features(plain, 7);
        var square = pixels[(14 * 28) + 12] + pixels[(14 * 28) + 13] + pixels[(15 * 28) + 12] + pixels[(15 * 28) + 13];
        Assert.True(square > 0);
        Assert.Equal(square / 4, DataFolder.Features(pooled, 7)[(7 * 14) + 6]);
        Assert.Equal(plain.Label(7), pooled.Label(7));
    }

    [Theory]
    [InlineData(4, 3, "data.pool is 3", "4 x 4 pixels")]
    [InlineData(4, 8, "data.pool is 8", "4 x 4 pixels")]
    public void Images_that_do_not_divide_are_refused(int side, int pool, params string[] parts)
    {
        using var folder = new DataFolder().With(Images, DataFolder.Idx(8, [2, side, side], new byte[2 * side * side])).With(Labels, DataFolder.Labels(0, 1));
        var message = Assert.Throws<DataException>(() => Load(folder, DataSource.Idx, pool)).Message;
        Assert.All([.. parts, Labels, "Choose another data.pool"], part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Samples_that_are_no_images_are_refused()
    {
        using var folder = new DataFolder().With("train.csv", "0,1,2,3\n1,4,5,6\n");
        var message = Assert.Throws<DataException>(() => Load(folder, DataSource.Csv, 2)).Message;
        Assert.Contains("3 features are no images", message, StringComparison.Ordinal);
        Assert.Equal(3, Load(folder, DataSource.Csv, 1).Train.Features);
    }

    [Fact]
    public void The_configuration_hash_knows_averaged_pixels_alone()
    {
        var plain = new ExperimentConfig();
        var pooled = plain with { Data = new DataConfig { Pool = 2 } };
        Assert.DoesNotContain("pool", Encoding.UTF8.GetString(ConfigurationHash.CanonicalBytes(plain)), StringComparison.Ordinal);
        Assert.Contains("\"pool\":2", Encoding.UTF8.GetString(ConfigurationHash.CanonicalBytes(pooled)), StringComparison.Ordinal);
        Assert.NotEqual(ConfigurationHash.Compute(plain), ConfigurationHash.Compute(pooled));
    }

    private static DataPair Load(DataFolder folder, DataSource source, int pool) =>
        DataLoader.Load(new DataConfig { Source = source, Folder = folder.Path, Train = "0..0", Test = "1..1", Pool = pool }, 1, 1);
}
