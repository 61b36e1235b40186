using System.Globalization;
using System.Text;
using Tessera.Kernels.Numerics;

namespace Tessera.Host.Tests.Fitting;

/// <summary>Traces of devices whose parameters are known, by the formulas of the specification and independent of the code that fits.</summary>
internal static class SyntheticTrace
{
    /// <summary>A trace as the file that the program reads.</summary>
    /// <param name="step">Size of a step: whether it is down, then the weight.</param>
    /// <param name="most">Upper bound.</param>
    /// <param name="least">Lower bound.</param>
    /// <param name="cycleNoise">Relative noise of a step.</param>
    /// <param name="readNoise">Absolute noise of a read.</param>
    /// <param name="seed">Seed of the noise.</param>
    /// <param name="length">Pulses in a row in one direction.</param>
    /// <param name="turns">Up and down runs.</param>
    /// <param name="every">Pulses between two reads.</param>
    public static string Csv(
        Func<bool, double, double> step, double most, double least, double cycleNoise, double readNoise, uint seed, int length = 400, int turns = 8, int every = 1)
    {
        RandomKey key = RandomKey.Derive(new TileIdentity(seed, 0), RandomStream.PulseNoise, 0);
        double weight = 0;
        StringBuilder text = new("pulse,direction,weight\n0,none,0\n");
        for (int pulse = 0; pulse < length * turns; pulse++)
        {
            bool isDown = pulse / length % 2 == 1;
            double change = step(isDown, weight) * (1 + (cycleNoise * RandomField.NormalAt(key, new DrawAddress((uint)pulse, 0, 0), 0, 0)));
            weight = Math.Clamp(isDown ? weight - change : weight + change, least, most);
            if ((pulse + 1) % every != 0) { continue; }
            double read = weight + (readNoise * RandomField.NormalAt(key, new DrawAddress((uint)pulse, 1, 0), 0, 0));
            text.Append(CultureInfo.InvariantCulture, $"{pulse + 1},{(isDown ? "down" : "up")},{read:R}\n");
        }

        return text.ToString();
    }
}
