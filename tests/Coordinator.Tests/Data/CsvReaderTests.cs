using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using static Tessera.Coordination.Tests.Data.DataFolder;

namespace Tessera.Coordination.Tests.Data;

public class CsvReaderTests
{
    [Fact]
    public void Label_first_then_features_with_or_without_a_header()
    {
        using var folder = new DataFolder()
            .With("train.csv", "label,a,b\n2, 0.5 ,-1e-3\r\n\n0,3,4\n")
            .With("test.csv", "1.0,7,8");
        var data = folder.Load(DataSource.Csv);
        Assert.Equal((2, 2, 3), (data.Train.Count, data.Train.Features, data.Train.Classes));
        Assert.Equal([0.5f, -1e-3f], Features(data.Train, 0));
        Assert.Equal((0, 1), (data.Train.Label(1), data.Test.Label(0)));
        Assert.Equal([7f, 8f], Features(data.Test, 0));
        Assert.Equal(DataSource.Csv, DataLoader.DetectSource(folder.Path));
    }

    [Fact]
    public void One_file_serves_both_splits()
    {
        using var folder = new DataFolder().With("train.csv", "0,1\n1,2\n0,3\n");
        var data = folder.Load(DataSource.Csv, "0..1", "2..2");
        Assert.Equal((2, 1), (data.Train.Count, data.Test.Count));
        Assert.Equal([3f], Features(data.Test, 0));
    }

    [Theory]
    [InlineData("0,1,2\n1,2\n", "line 2", "2 fields", "3 as on the lines above")]
    [InlineData("0,1\n0,nan\n", "line 2, field 2", "'nan'", "finite")]
    [InlineData("0,1\n0,1e99\n", "line 2, field 2", "'1e99'", "finite")]
    [InlineData("0,1\n0,\n", "line 2, field 2", "''", "finite")]
    [InlineData("0,1\n-1,3\n", "line 2", "label '-1'", "whole number")]
    [InlineData("0,1\n1.5,3\n", "line 2", "label '1.5'", "first field")]
    [InlineData("0,1\ncat,3\n", "line 2", "label 'cat'", "whole number")]
    [InlineData("0,1\n70000,3\n", "line 2", "label '70000'", "65535")]
    [InlineData("0\n1\n", "line 1", "one field", "commas")]
    [InlineData("label,a\n", "no sample", "label, then features", "Check")]
    [InlineData("", "no sample", "label, then features", "Check")]
    public void Bad_lines_are_named(string text, params string[] parts)
    {
        using var folder = new DataFolder().With("train.csv", text).With("test.csv", "0,1");
        folder.AssertRefused(DataSource.Csv, null, null, [.. parts, "train.csv"]);
    }
}
