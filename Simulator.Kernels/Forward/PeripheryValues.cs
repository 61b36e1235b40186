using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>
/// What is fixed for a periphery when its tile is built, and may be read and replaced later (spec forward, section 5): voltage offsets, factors of the
/// negative pass, non-linearities with their calibration, and strengths of the output noise. Only what the configuration makes use of exists. Each
/// direction draws its own.
/// </summary>
internal sealed unsafe class PeripheryValues : IDisposable
{
    private readonly List<PeripheryValue> _values = [];
    private readonly PeripheryValue _outputNoise;
    private readonly PeripheryValue? _offset;
    private readonly PeripheryValue? _asymmetry;
    private readonly PeripheryValue? _nonlinearity;
    private readonly PeripheryValue? _slopeFactor;
    private readonly TileIdentity _tile;

    /// <summary>Draws what the configuration asks for.</summary>
    public PeripheryValues(IOParameters io, MvmDirection direction, int rows, int columns, TileIdentity tile)
    {
        _tile = tile;
        var size = direction == MvmDirection.Forward ? rows : columns;
        var isAnalog = !io.IsPerfect && io.MvType != AnalogMVType.Ideal;
        var draws = new PeripheryDraws(io, direction, tile);
        if (isAnalog && (io.VOffsetStd > 0 || io.RSeries > 0))
        {
            _offset = Add("v_offset", 1, size);
            draws.Offsets(_offset.Row(0));
        }

        if (isAnalog && io.WReadAsymmetryDtod > 0 && io.MvType is AnalogMVType.PosNegSeparate or AnalogMVType.PosNegSeparateDigitalSum)
        {
            _asymmetry = Add("w_asymmetry", rows, columns);
            for (var row = 0; row < rows; row++)
            {
                draws.Asymmetries(row, _asymmetry.Row(row));
            }
        }

        if (isAnalog && (io.OutNonlinearity > 0 || io.RSeries > 0))
        {
            _nonlinearity = Add("out_nonlinearity", 1, size);
            _slopeFactor = Add("out_nonlinearity_factor", 1, 1);
            draws.Nonlinearities(_nonlinearity.Row(0));
            _slopeFactor.Row(0)[0] = PeripheryDraws.SlopeFactor(io, _nonlinearity.Row(0));
        }

        _outputNoise = io.OutNoiseStd > 0 ? Add("out_noise_values", 1, size, isNonNegative: true) : new("out_noise_values", 1, size, isNonNegative: true);
        draws.OutputNoise(_outputNoise.Row(0));
        HasOutputNoise = io.OutNoiseStd > 0 || io.OutNoise > 0;
    }

    /// <summary>[padded outputs] standard deviations; the padding is zero.</summary>
    public float* OutputNoise => _outputNoise.Pointer;

    public bool HasOutputNoise { get; }

    /// <summary>[padded outputs] voltage offsets; null without them.</summary>
    public float* Offsets => _offset is null ? null : _offset.Pointer;

    /// <summary>[padded outputs] strengths of the S-curve; null without it.</summary>
    public float* Nonlinearities => _nonlinearity is null ? null : _nonlinearity.Pointer;

    /// <summary>Calibration factor of the slope.</summary>
    public float SlopeFactor => _slopeFactor is null ? 1.0f : _slopeFactor.Row(0)[0];

    /// <summary>Factors of the negative pass in the layout of the weights; empty without them.</summary>
    public ReadOnlySpan<float> Asymmetries => _asymmetry is null ? default : _asymmetry.Values;

    /// <summary>Quantities that this configuration has values of, in aihwkit's order.</summary>
    public IReadOnlyList<string> Names => [.. _values.Select(value => value.Name)];

    /// <summary>Bytes of the quantities that can be replaced.</summary>
    public long Bytes => _values.Sum(value => value.Bytes);

    public float[] Get(string name) => Find(name).ToArray();

    /// <exception cref="TileException">Unknown name, wrong length or a value that the quantity cannot have.</exception>
    public void Check(string name, ReadOnlySpan<float> values) => Find(name).Check(_tile, values);

    public void Set(string name, ReadOnlySpan<float> values)
    {
        var target = Find(name);
        target.Check(_tile, values);
        target.CopyFrom(values);
    }

    public void VisitState(ITileStateVisitor visitor, string prefix)
    {
        foreach (var value in _values)
        {
            value.VisitState(visitor, prefix);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _outputNoise.Dispose();
        foreach (var value in _values)
        {
            value.Dispose();
        }
    }

    private PeripheryValue Add(string name, int rows, int columns, bool isNonNegative = false)
    {
        var value = new PeripheryValue(name, rows, columns, isNonNegative);
        _values.Add(value);
        return value;
    }

    private PeripheryValue Find(string name)
    {
        foreach (var value in _values)
        {
            if (value.Name == name)
            {
                return value;
            }
        }

        throw new TileException(
            _tile,
            name,
            "no such value of this periphery",
            _values.Count > 0
                ? string.Join(", ", Names)
                : "none: out_noise_std, v_offset_std, r_series, out_nonlinearity or w_read_asymmetry_dtod above 0 give a periphery values of its own");
    }
}
