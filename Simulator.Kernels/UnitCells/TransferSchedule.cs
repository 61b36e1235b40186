using Tessera.Kernels.Configuration;

namespace Tessera.Kernels.UnitCells;

/// <summary>When each device of a chain is transferred to the next, as a function of the number of vectors seen (spec compounds, section 5).</summary>
internal sealed class TransferSchedule
{
    private readonly float[] _periods;
    private readonly bool _countsBatches;

    /// <summary>Takes the periods of a compound.</summary>
    /// <param name="compound">The compound.</param>
    /// <param name="devices">Length of the chain.</param>
    /// <param name="shape">Slices.</param>
    internal TransferSchedule(TransferCompound compound, int devices, SliceShape shape)
    {
        _countsBatches = compound.UnitsInMbatch;
        if (compound.TransferEveryVec.Count > 0)
        {
            _periods = [.. compound.TransferEveryVec];
            return;
        }

        _periods = new float[devices];
        var period = compound.TransferEvery;
        for (var k = 0; k < devices; k++)
        {
            _periods[k] = period;
            period = period * shape.OutSize / Math.Min(compound.NReadsPerTransfer, shape.InSize);
        }

        if (compound.NoSelfTransfer) _periods[^1] = 0;
    }

    /// <summary>A schedule in vectors.</summary>
    /// <param name="vectors">Period of each device; 0 is never.</param>
    internal TransferSchedule(params ReadOnlySpan<float> vectors) => _periods = [.. vectors];

    /// <summary>Vectors between two transfers of a device; 0 is never.</summary>
    /// <param name="device">Index in the chain.</param>
    /// <param name="units">Vectors of a mini-batch.</param>
    internal long Every(int device, int units) => _countsBatches
        ? Math.Max((long)MathF.Ceiling(_periods[device] * units), 0)
        : Math.Max((long)MathF.Round(_periods[device], MidpointRounding.AwayFromZero), 0);

    /// <summary>Vectors until the next transfer of any device, at most a limit.</summary>
    internal int Until(long seen, int units, int limit)
    {
        long next = limit;
        for (var k = 0; k < _periods.Length; k++)
        {
            var every = Every(k, units);
            if (every > 0) next = Math.Min(next, every - (seen % every));
        }

        return (int)next;
    }
}
