using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Devices;

/// <summary>
/// Power-law drift of a tile's weights since each was last changed (spec devices, section 9): w = w0 (T - t)^-nu, with T the time of all calls so far, t
/// the time of the call that found the weight changed, and w0 its value then. What it remembers is part of a snapshot.
/// </summary>
internal sealed unsafe class WeightDrift : IDisposable
{
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _stride;
    private readonly DriftParameter _parameters;
    private readonly TileIdentity _tile;
    private readonly float[] _clock = new float[2]; // time of all calls, and 1 once there was a call
    private readonly NativeBuffer<float> _start; // [row * stride + column]: time at which the cell's drift began
    private readonly NativeBuffer<float> _origin; // weight at that time
    private readonly NativeBuffer<float> _previous; // weight that the last call left

    internal WeightDrift(DriftParameter parameters, int rows, int columns, TileIdentity tile)
    {
        _parameters = parameters;
        _rows = rows;
        _columns = columns;
        _stride = Lanes.RoundUp(columns);
        _tile = tile;
        _start = new NativeBuffer<float>((long)rows * _stride);
        _origin = new NativeBuffer<float>((long)rows * _stride);
        _previous = new NativeBuffer<float>((long)rows * _stride);
    }

    private enum Draw : uint
    {
        Exponent = 0,
        Weight = 1,
    }

    /// <summary>Bytes held.</summary>
    internal long Bytes => _start.Bytes + _origin.Bytes + _previous.Bytes;

    /// <summary>A drift where the parameters ask for one.</summary>
    internal static WeightDrift? For(SimpleDriftParameter parameters, int rows, int columns, TileIdentity tile)
    {
        if (!(parameters.Nu > 0)) return null;
        var full = parameters as DriftParameter ?? new DriftParameter { Nu = parameters.Nu, T0 = parameters.T0, ResetTol = parameters.ResetTol };
        return new WeightDrift(full, rows, columns, tile);
    }

    /// <summary>Lets time pass.</summary>
    /// <param name="weights">Row-padded weights, changed in place.</param>
    /// <param name="exponents">Exponents of the cells; null takes the mean for all.</param>
    /// <param name="deltaTime">Time since the last call, in the unit of <c>t_0</c>.</param>
    /// <param name="step">Step word of the addresses.</param>
    internal void Run(float* weights, HiddenArray? exponents, float deltaTime, uint step)
    {
        var values = new ReadOnlySpan<float>(weights, _rows * _stride);
        if (_clock[1] == 0)
        {
            values.CopyTo(_origin.Span);
            values.CopyTo(_previous.Span);
            _clock[1] = 1;
        }

        _clock[0] += deltaTime / _parameters.T0;
        var offset = (_parameters.GOffset * _parameters.WgRatio) + _parameters.WOffset;
        if (MathF.Abs(offset) < _parameters.ResetTol) offset = 0;
        var exponentKey = RandomKey.Derive(_tile, RandomStream.Drift, (uint)Draw.Exponent);
        var weightKey = RandomKey.Derive(_tile, RandomStream.Drift, (uint)Draw.Weight);
        var at = new DrawAddress(step, 0, 0);
        var exponentDraws = new float[_columns];
        var weightDraws = new float[_columns];
        for (var row = 0; row < _rows; row++)
        {
            if (_parameters.NuStd > 0) RandomField.Normals(exponentKey, at, row, exponentDraws);
            if (_parameters.WNoiseStd > 0) RandomField.Normals(weightKey, at, row, weightDraws);
            for (var column = 0; column < _columns; column++)
            {
                var i = (row * _stride) + column;
                var w = Drifted(i, weights[i], exponents?.At(i) ?? _parameters.Nu, exponentDraws[column], offset);
                weights[i] = MathF.FusedMultiplyAdd(_parameters.WNoiseStd, weightDraws[column], w);
            }
        }
    }

    /// <summary>Remembers what the call left, once bounds have been applied.</summary>
    internal void Remember(float* weights) => new ReadOnlySpan<float>(weights, _rows * _stride).CopyTo(_previous.Span);

    /// <summary>Names what a snapshot keeps.</summary>
    internal void VisitState(ITileStateVisitor visitor)
    {
        visitor.Visit("drift.clock", 1, 2, 2, _clock);
        visitor.Visit("drift.start", _rows, _columns, _stride, _start.Span);
        visitor.Visit("drift.origin", _rows, _columns, _stride, _origin.Span);
        visitor.Visit("drift.previous", _rows, _columns, _stride, _previous.Span);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _start.Dispose();
        _origin.Dispose();
        _previous.Dispose();
    }

    private float Drifted(int i, float weight, float exponent, float draw, float offset)
    {
        if (MathF.Abs(_previous.Pointer[i] - weight) > _parameters.ResetTol)
        {
            _start.Pointer[i] = _clock[0];
            _origin.Pointer[i] = weight;
            return weight;
        }

        exponent = MathF.FusedMultiplyAdd(_parameters.NuStd * exponent, draw, exponent);
        if (_parameters.NuK != 0)
        {
            // A conductance of 0 or less has no logarithm; the term is left out there.
            var conductance = ((weight - _parameters.WOffset) / _parameters.WgRatio) + _parameters.GOffset;
            if (conductance > 0) exponent += _parameters.NuK * (_parameters.LogG0 - ScalarMath.Log(conductance));
        }

        var age = MathF.Max(_clock[0] - _start.Pointer[i], 1);
        var scale = ScalarMath.Exp(-exponent * ScalarMath.Log(age));
        return MathF.FusedMultiplyAdd(_origin.Pointer[i], scale, offset * (scale - 1));
    }
}
