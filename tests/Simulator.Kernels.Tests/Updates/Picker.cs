using System.Text;

namespace Tessera.Kernels.Tests.Updates;

/// <summary>Test inputs as a function of a seed and a label.</summary>
internal sealed class Picker
{
    private ulong _state;

    internal Picker(uint seed, string label)
    {
        _state = seed + 1;
        foreach (var b in Encoding.UTF8.GetBytes(label)) _state = (_state * 1099511628211) ^ b;
        for (var i = 0; i < 8; i++) _ = Word();
    }

    internal uint Word()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (uint)((z ^ (z >> 31)) >> 32);
    }

    internal float Uniform() => (Word() >> 8) * (1f / (1 << 24));

    internal int Int(int low, int high) => low + (int)(Word() % (uint)(high - low + 1));

    internal T Choose<T>(params T[] options) => options[Word() % options.Length];

    /// <summary>Uniform in (-1, 1), with a share of exact zeros.</summary>
    internal float[] Vectors(int length, float zeros = 0.3f)
    {
        var values = new float[length];
        for (var i = 0; i < length; i++) values[i] = Uniform() < zeros ? 0 : (2 * Uniform()) - 1;
        return values;
    }
}
