using MathNet.Numerics.Statistics;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Programming;

/// <summary>
/// What every rule learns: y = W x for a fixed random W and fixed random x. Target and inputs depend on the seed alone, so that all places of the map
/// have the same, and devices on seed and construction.
/// </summary>
internal sealed class ProgrammingTask
{
    /// <summary>Tile whose numbers make the target and the inputs; constructions count up from 0.</summary>
    private const uint DataTile = uint.MaxValue;

    private const uint TargetSite = 1;
    private const uint InputSite = 2;

    private readonly ProgrammingConfig _config;
    private readonly float[] _target;
    private readonly RandomKey _inputs;

    /// <summary>Draws the target.</summary>
    public ProgrammingTask(ProgrammingConfig config)
    {
        _config = config;
        TileIdentity data = new(config.Seed, DataTile);
        RandomKey key = RandomKey.Derive(data, RandomStream.Data, TargetSite);
        _inputs = RandomKey.Derive(data, RandomStream.Data, InputSite);
        _target = new float[config.Rows * config.Columns];
        for (int row = 0; row < config.Rows; row++)
        {
            Span<float> weights = _target.AsSpan(row * config.Columns, config.Columns);
            RandomField.Normals(key, new DrawAddress(0, 0, 0), row, weights);
            foreach (ref float weight in weights) { weight = config.TargetStd * Math.Clamp(weight, -2, 2); }
        }
    }

    /// <summary>Trains one tile and measures how far its weights are from the target.</summary>
    /// <param name="physics">The tile's physics.</param>
    /// <param name="learningRate">Its learning rate.</param>
    /// <param name="construction">Which devices, from 0.</param>
    /// <returns>Standard deviation, over all cells, of weight minus target.</returns>
    public double Error(AnalogRPUConfig physics, float learningRate, int construction)
    {
        (int rows, int columns) = (_config.Rows, _config.Columns);
        using SimulatorTile tile = TileFactory.Create(physics, new TileShape(rows, columns), new TileIdentity(_config.Seed, (uint)construction));
        float[] weights = new float[_target.Length];
        tile.SetWeights(weights, []);
        float[] x = new float[columns];
        float[] d = new float[rows];
        for (int update = 0; update < _config.Updates; update++)
        {
            ulong step = (ulong)update;
            RandomField.Uniforms(_inputs, new DrawAddress(DrawAddress.PackStep(step), 0, 0), 0, x);
            foreach (ref float value in x.AsSpan()) { value = (2 * value) - 1; }
            tile.Forward(new ReadAddress(ReadPhase.Training, step, 0), x, d, 1);
            for (int row = 0; row < rows; row++) { d[row] -= Target(row, x); }
            tile.Commit(step, learningRate, x, d, 1);
        }

        tile.GetWeights(weights, []);
        return weights.Select((weight, cell) => (double)weight - _target[cell]).PopulationStandardDeviation();
    }

    /// <summary>What an output should be.</summary>
    private float Target(int row, ReadOnlySpan<float> x)
    {
        float sum = 0;
        for (int column = 0; column < x.Length; column++) { sum = MathF.FusedMultiplyAdd(_target[(row * x.Length) + column], x[column], sum); }
        return sum;
    }
}
