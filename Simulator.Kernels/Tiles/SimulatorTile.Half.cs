using System.Runtime.CompilerServices;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Tiles;

/// <content>
/// State of 16 bits: every call computes on a working copy of 32 bits, and every change is rounded at once, in training after each vector pair.
/// </content>
public abstract partial class SimulatorTile
{
    private readonly RuntimeParameter _runtime;
    private readonly StateBuffer[] _halfState; // the weights, then the hidden arrays that training changes; empty in 32 bits
    private readonly StateBuffer[] _halfWeights; // the weights alone

    /// <summary>What changed the state; with the index of the array the call site of the draws, so never reuse a value.</summary>
    private enum StateChange : uint
    {
        Update = 0,
        PostUpdate = 1,
        Decay = 2,
        Diffusion = 3,
        Clip = 4,
        Reset = 5,
        Drift = 6,
    }

    private bool IsHalf => _runtime.DataType == RPUDataType.Half;

    /// <summary>Makes the working copies, until the result is disposed; in 32 bits there are none.</summary>
    /// <param name="changes">Whether their values are kept then, each as the nearest 16-bit number.</param>
    private StateLoan OpenState(bool changes = true)
    {
        foreach (var buffer in _halfState)
        {
            buffer.Open();
        }

        return new StateLoan(_halfState, changes);
    }

    /// <summary>Makes the working copy of the weights alone, for calls that read nothing else and change nothing.</summary>
    private StateLoan OpenWeights()
    {
        foreach (var buffer in _halfWeights)
        {
            buffer.Open();
        }

        return new StateLoan(_halfWeights, changes: false);
    }

    /// <summary>Rounds the open state to 16 bits; in 32 bits nothing happens. The weights come last: those of a cell are the sum of what was rounded.</summary>
    private void RoundState(StateChange change, ulong step, int vector = 0)
    {
        if (!IsHalf)
        {
            return;
        }

        for (var array = 1; array < _halfState.Length; array++)
        {
            RoundArray(array, change, step, vector);
        }

        _devices.OnRounded(_weights);
        RoundArray(0, change, step, vector);
    }

    private unsafe void RoundArray(int array, StateChange change, ulong step, int vector)
    {
        if (!_runtime.StochasticRounding)
        {
            HalfField.RoundToNearest(_halfState[array].Pointer, _weights.Rows * _weights.Stride);
            return;
        }

        var key = RandomKey.Derive(Identity, RandomStream.StateRounding, ((uint)change << 8) | (uint)array);
        var at = new DrawAddress(DrawAddress.PackStep(step), (uint)vector, 0);
        HalfField.RoundAtRandom(_halfState[array].Pointer, _weights.Rows, _weights.Stride, key, at);
    }

    /// <summary>Rounds what was given from outside to the nearest 16-bit numbers, as a sum of devices must be before it is shown.</summary>
    private unsafe void RoundGiven()
    {
        if (!IsHalf)
        {
            return;
        }

        for (var array = 1; array < _halfState.Length; array++)
        {
            HalfField.RoundToNearest(_halfState[array].Pointer, _weights.Rows * _weights.Stride);
        }

        _devices.OnRounded(_weights);
    }

    private void RequireRange(string argument, ReadOnlySpan<float> values)
    {
        for (var i = 0; IsHalf && i < values.Length; i++)
        {
            if (MathF.Abs(values[i]) > HalfReference.Maximum)
            {
                ThrowRange(argument, values[i], i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowRange(string argument, float value, int index) => throw Refuse(
        argument,
        $"{Text(value)} at index {index}",
        $"magnitudes up to {Text(HalfReference.Maximum)}, which 16-bit state can hold: scale the weights or set runtime.data_type to float; the tile's state is unchanged");

    /// <summary>The working copies of one call.</summary>
    private readonly struct StateLoan(StateBuffer[] buffers, bool changes) : IDisposable
    {
        public void Dispose()
        {
            foreach (var buffer in buffers)
            {
                buffer.Close(changes);
            }
        }
    }
}
