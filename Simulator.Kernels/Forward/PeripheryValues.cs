using System.Globalization;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>
/// What is fixed for each output of a periphery when its tile is built, and may be replaced later (spec forward, section 5). Today that is
/// the strength of the output noise; offsets, non-linearities and read asymmetry join as rows of their own in the same stream.
/// </summary>
internal sealed unsafe class PeripheryValues : IDisposable
{
    private const string OutNoiseValues = "out_noise_values";

    /// <summary>Row of each quantity in the address of its draw; never reuse one.</summary>
    private const int OutNoiseRow = 0;

    private readonly NativeBuffer<float> _outputNoise;
    private readonly int _size;
    private readonly bool _isSpread;

    /// <summary>Draws sigma = |out_noise (1 + out_noise_std xi)| for each output where there is a spread.</summary>
    public PeripheryValues(IOParameters io, MvmDirection direction, int size, TileIdentity tile)
    {
        _size = size;
        _outputNoise = new NativeBuffer<float>(Lanes.RoundUp(size));
        var values = _outputNoise.Span[..size];
        values.Fill(io.OutNoise);
        _isSpread = io.OutNoiseStd > 0;
        HasOutputNoise = _isSpread || io.OutNoise > 0;
        if (!_isSpread)
        {
            return;
        }

        var key = RandomKey.Derive(tile, RandomStream.PeripherySpread, MvmCallSite.Of(direction));
        RandomField.Normals(key, new DrawAddress(0, 0, 0), OutNoiseRow, values);
        foreach (ref var value in values)
        {
            value = MathF.Abs(io.OutNoise * MathF.FusedMultiplyAdd(io.OutNoiseStd, value, 1.0f));
        }
    }

    /// <summary>[padded outputs] standard deviations; the padding is zero.</summary>
    public float* OutputNoise => _outputNoise.Pointer;

    public bool HasOutputNoise { get; }

    /// <summary>Quantities that this configuration has values of.</summary>
    public IReadOnlyList<string> Names => _isSpread ? [OutNoiseValues] : [];

    public float[] Get(string name)
    {
        RequireKnown(name);
        return _outputNoise.Span[.._size].ToArray();
    }

    public void Set(string name, ReadOnlySpan<float> values)
    {
        RequireKnown(name);
        if (values.Length != _size)
        {
            throw new ArgumentException($"'{name}' has {values.Length} values, expected one for each of the {_size} outputs.", nameof(values));
        }

        foreach (var value in values)
        {
            if (!(value >= 0) || !float.IsFinite(value))
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"'{name}' contains {value}, expected finite standard deviations of 0 or more."), nameof(values));
            }
        }

        values.CopyTo(_outputNoise.Span);
    }

    public void VisitState(ITileStateVisitor visitor, string prefix)
    {
        if (_isSpread)
        {
            visitor.Visit(prefix + OutNoiseValues, 1, _size, _size, _outputNoise.Span[.._size]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _outputNoise.Dispose();

    private void RequireKnown(string name)
    {
        if (name != OutNoiseValues || !_isSpread)
        {
            var known = _isSpread ? $"This pass has: {OutNoiseValues}." : "This pass has none; out_noise_std above 0 gives it out_noise_values.";
            throw new ArgumentException($"Unknown periphery parameter '{name}'. {known}", nameof(name));
        }
    }
}
