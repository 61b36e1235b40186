using Tessera.Actors.Machines;
using Tessera.Actors.Tests.Support;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Machines;

public class StateBlobTests
{
    private static readonly StateBlobOwner Owner = new("test-1", "n", StoreSamples.Identity.ConfigurationHash);

    [Fact]
    public void Rows_with_padding_are_written_without_it()
    {
        float[] padded = [1, 2, 99, 3, 4, 99];
        float[] dense = [5, 6, 7];

        var blob = StateBlob.Write(Owner, new StepId(3), [("more", "lines")], visitor =>
        {
            visitor.Visit("padded", 2, 2, 3, padded);
            visitor.Visit("dense", 1, 3, 16, dense);
        });

        var writer = new SafetensorsWriter();
        foreach (var (key, value) in SafetensorsFile.Parse(blob, "written").Metadata)
        {
            writer.AddMetadata(key, value);
        }

        writer.AddFloats("padded", 2, 2, 3, padded);
        writer.AddFloats("dense", 1, 3, 16, dense);
        Assert.Equal(writer.ToArray(), blob);
    }

    [Fact]
    public void A_state_that_changes_between_the_visits_is_a_defect()
    {
        var visits = 0;

        Assert.Throws<InvalidOperationException>(() => StateBlob.Write(Owner, null, [], visitor =>
        {
            if (visits++ == 0)
            {
                visitor.Visit("once", 1, 1, 1, new float[1]);
            }
        }));
    }

    [Fact]
    public void A_tile_comes_back_from_its_snapshot_with_the_same_bits()
    {
        var description = new TileDescription
        {
            Id = new TileId(1),
            Name = "hidden1/T1",
            ConfigurationHash = StoreSamples.Identity.ConfigurationHash,
            BatchMax = 1,
            EvaluationMax = 1,
        };
        using var tile = new PerfectTile(new TileShape(3, 5, AnalogBias: true));
        for (var i = 0; i < tile.Weights.Length; i++)
        {
            tile.Weights[i] = BitConverter.Int32BitsToSingle(i * 123_456_789);
        }

        var blob = TileSnapshot.Write(description, tile, new StepId(7), 2);
        using var other = new PerfectTile(tile.Shape);

        Assert.Equal(2UL, TileSnapshot.Read(description, other, blob, new StepId(7)));
        Assert.Equal(blob, TileSnapshot.Write(description, other, new StepId(7), 2));
    }
}
