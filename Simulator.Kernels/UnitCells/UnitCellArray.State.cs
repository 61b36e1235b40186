using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.UnitCells;

/// <content>Hidden parameters, snapshots and memory.</content>
internal abstract unsafe partial class UnitCellArray
{
    /// <summary>For each device its own names with the device's number, then its weights; buffers follow.</summary>
    public override IReadOnlyList<string> HiddenParameterNames => [.. _names, .. BufferNames];

    /// <inheritdoc/>
    public override long StateBytes
    {
        get
        {
            var bytes = 0L;
            for (var k = 0; k < Devices.Length; k++) bytes += Devices[k].StateBytes + (_weights[k] is { } own ? own.State.Bytes : 0);
            for (var b = 0; b < BufferNames.Count; b++) bytes += Buffer(b).State.Bytes;
            return bytes;
        }
    }

    /// <summary>Names of the digital buffers, in aihwkit's order.</summary>
    protected virtual IReadOnlyList<string> BufferNames => [];

    /// <inheritdoc/>
    public override void GetHiddenParameter(string name, Span<float> dense)
    {
        var index = BufferNames.ToList().IndexOf(name);
        if (index >= 0)
        {
            Buffer(index).CopyTo(dense);
            return;
        }

        for (var k = 0; k < Devices.Length; k++)
        {
            var suffix = $"_{k}";
            if (name == "hidden_weights" + suffix)
            {
                WeightsOf(k, _visible!).CopyTo(dense);
                return;
            }

            if (name.EndsWith(suffix, StringComparison.Ordinal) && Devices[k].HiddenParameterNames.Contains(name[..^suffix.Length]))
            {
                Devices[k].GetHiddenParameter(name[..^suffix.Length], dense);
                return;
            }
        }

        throw new ArgumentException($"There is no hidden parameter '{name}'. This cell has: {string.Join(", ", HiddenParameterNames)}.");
    }

    /// <summary>The sums over all devices, which must all count.</summary>
    public override void GetPulseCounts(Span<long> up, Span<long> down)
    {
        var ups = new long[up.Length];
        var downs = new long[down.Length];
        up.Clear();
        down.Clear();
        foreach (var device in Devices)
        {
            device.GetPulseCounts(ups, downs);
            for (var i = 0; i < ups.Length; i++)
            {
                up[i] += ups[i];
                down[i] += downs[i];
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Each device gets its weights first and then its parameters, which clip them; buffers come last, and the sum is shown.</remarks>
    public override void SetHiddenParameters(WeightMatrix weights, IReadOnlyList<float[]> values, ulong step)
    {
        Remember(weights);
        RequireHidden(values, Rows, Columns);
        var first = 0;
        for (var k = 0; k < Devices.Length; k++)
        {
            var count = Devices[k].HiddenParameterNames.Count;
            var own = WeightsOf(k, weights);
            own.CopyFrom(values[first + count]);
            Devices[k].SetHiddenParameters(own, [.. values.Skip(first).Take(count)], step);
            first += count + 1;
        }

        for (var b = 0; b < BufferNames.Count; b++) Buffer(b).CopyFrom(values[first + b]);
        Reduce(weights);
    }

    /// <inheritdoc/>
    public override void VisitState(ITileStateVisitor visitor)
    {
        for (var k = 0; k < Devices.Length; k++)
        {
            var prefix = $"device_{k}.";
            _weights[k]?.Visit(visitor, prefix + "weights");
            Devices[k].VisitState(new DeviceStateVisitor(visitor, prefix));
        }

        for (var b = 0; b < BufferNames.Count; b++) Buffer(b).Visit(visitor, "cell." + BufferNames[b]);
        _updates.VisitState(visitor);
    }

    /// <inheritdoc/>
    public override long ScratchBytes(int batch)
    {
        var bytes = 0L;
        foreach (var device in Devices) bytes += device.ScratchBytes(batch);
        return bytes;
    }

    /// <inheritdoc/>
    /// <remarks>Weights and hidden arrays of each device, then the buffers.</remarks>
    internal override IReadOnlyList<StateBuffer> KeepHalf()
    {
        List<StateBuffer> kept = [];
        for (var k = 0; k < Devices.Length; k++)
        {
            if (_weights[k] is { } own) kept.Add(own.KeepHalf());
            kept.AddRange(Devices[k].KeepHalf());
        }

        for (var b = 0; b < BufferNames.Count; b++) kept.Add(Buffer(b).KeepHalf());
        return kept;
    }

    /// <inheritdoc/>
    internal override void OnRounded(WeightMatrix weights) => Reduce(weights);

    /// <inheritdoc/>
    internal override void RememberDrift(WeightMatrix weights)
    {
        for (var k = 0; k < Devices.Length; k++) Devices[k].RememberDrift(WeightsOf(k, weights));
    }

    /// <summary>One digital buffer.</summary>
    protected virtual WeightMatrix Buffer(int index) => throw new InvalidOperationException("This cell has no buffer.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var device in Devices) device.Dispose();
        foreach (var own in _weights) own?.Dispose();
        for (var b = 0; b < BufferNames.Count; b++) Buffer(b).Dispose();
    }
}
