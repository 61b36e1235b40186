using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Devices;

/// <summary>The hidden parameters of a pulsed device array by name, in aihwkit's order (spec devices, section 4).</summary>
internal sealed class HiddenParameters : IDisposable
{
    private readonly HiddenArray[] _all;
    private readonly string[] _names;

    /// <summary>Creates the arrays, all zero.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="persistent">Whether write noise separates persistent from visible weights.</param>
    /// <param name="extraNames">Device-specific parameters.</param>
    /// <param name="lastIsState">Whether pulses change the last of them.</param>
    internal HiddenParameters(int rows, int columns, bool persistent, IReadOnlyList<string> extraNames, bool lastIsState)
    {
        HiddenArray New(string name) => new(name, rows, columns);
        Maximum = New("max_bound");
        Minimum = New("min_bound");
        Up = New("dwmin_up");
        Down = New("dwmin_down");
        DecayScale = New("decay_scales");
        DiffusionRate = New("diffusion_rates");
        ResetBias = New("reset_bias");
        DriftNu = New("drift_nu");
        Persistent = persistent ? New("persistent_weights") : null;
        Extras = [.. extraNames.Select(New)];
        State = lastIsState ? Extras[^1] : null;
        HiddenArray[] common = [Maximum, Minimum, Up, Down, DecayScale, DiffusionRate, ResetBias, DriftNu];
        _all = Persistent is null ? [.. common, .. Extras] : [.. common, Persistent, .. Extras];
        _names = [.. _all.Select(a => a.Name)];
    }

    internal HiddenArray Maximum { get; }

    internal HiddenArray Minimum { get; }

    internal HiddenArray Up { get; }

    internal HiddenArray Down { get; }

    /// <summary>Factor of (w - reset bias) per decay with alpha = 1.</summary>
    internal HiddenArray DecayScale { get; }

    internal HiddenArray DiffusionRate { get; }

    internal HiddenArray ResetBias { get; }

    /// <summary>Drift exponents; zero without drift.</summary>
    internal HiddenArray DriftNu { get; }

    /// <summary>Weights that pulses act on where write noise hides them; null without write noise.</summary>
    internal HiddenArray? Persistent { get; }

    /// <summary>Device-specific parameters.</summary>
    internal HiddenArray[] Extras { get; }

    /// <summary>The device-specific array that pulses change; null where they change none.</summary>
    internal HiddenArray? State { get; }

    /// <summary>All names in order.</summary>
    internal IReadOnlyList<string> Names => _names;

    /// <summary>All arrays in order.</summary>
    internal IReadOnlyList<HiddenArray> All => _all;

    /// <summary>Bytes held.</summary>
    internal long Bytes => _all.Sum(a => a.Bytes);

    /// <summary>Whether training changes the array.</summary>
    internal bool IsMutable(HiddenArray array) => array == Persistent || array == State;

    /// <summary>The array of a name.</summary>
    /// <exception cref="ArgumentException">No such hidden parameter.</exception>
    internal HiddenArray this[string name] => Array.Find(_all, a => a.Name == name)
        ?? throw new ArgumentException($"There is no hidden parameter '{name}'. This device has: {string.Join(", ", _names)}.");

    /// <summary>
    /// Keeps what pulses change in 16 bits, and rounds the bounds to such numbers.
    /// </summary>
    internal IReadOnlyList<StateBuffer> KeepHalf()
    {
        RoundBounds();
        HiddenArray?[] changing = [Persistent, State];
        return [.. changing.OfType<HiddenArray>().Select(array => array.KeepHalf())];
    }

    /// <summary>Rounds the bounds to 16 bits, towards zero.</summary>
    internal void RoundBounds()
    {
        Maximum.RoundTowardsZero();
        Minimum.RoundTowardsZero();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var array in _all) array.Dispose();
    }
}
