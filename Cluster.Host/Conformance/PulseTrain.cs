using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;

namespace Tessera.Host.Conformance;

/// <summary>How the golden response curves were taken: so many up pulses, then so many down pulses, the state recorded now and then.</summary>
/// <param name="Up">Up pulses.</param>
/// <param name="Down">Down pulses after them.</param>
/// <param name="Every">Pulses between two records.</param>
internal readonly record struct PulseTrain(int Up, int Down, int Every)
{
    /// <summary>The update that gives every device exactly one pulse.</summary>
    public static UpdateParameters OnePulse { get; } = new() { DesiredBl = 1, UpdateBlManagement = false, UpdateManagement = false };

    /// <summary>Records, that of the start included.</summary>
    public int Points => ((Up + Down) / Every) + 1;

    /// <summary>Pulses given before a record.</summary>
    public int PulsesAt(int point) => point * Every;

    /// <summary>Sends the train through a tile that starts at weight 0.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="learningRate">Enough for every pulse to be certain: at least the granularity.</param>
    /// <param name="record">Takes the number of each record, when the tile is in its state.</param>
    public void Send(CaseTile tile, float learningRate, Action<int> record)
    {
        tile.SetWeights(new float[tile.Weights.Rows * tile.Weights.Columns], 0);
        float[] x = new float[tile.Weights.Columns];
        float[] up = new float[tile.Weights.Rows];
        float[] down = new float[tile.Weights.Rows];
        Array.Fill(x, 1);
        Array.Fill(up, -1);
        Array.Fill(down, 1);
        DeviceArray devices = tile.Devices;
        for (int pulse = 0; pulse <= Up + Down; pulse++)
        {
            if (pulse % Every == 0) { record(pulse / Every); }
            if (pulse < Up + Down) { devices.Update(tile.Weights, (ulong)pulse + 1, learningRate, x, pulse < Up ? up : down, 1); }
        }
    }
}
