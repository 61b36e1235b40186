using System.Globalization;
using Tessera.Coordination.Training;

namespace Tessera.Host.Runs;

/// <summary>An epoch in one line for a person.</summary>
internal static class EpochLine
{
    /// <summary>The line.</summary>
    /// <param name="epoch">What was measured.</param>
    /// <param name="epochs">Epochs of the run.</param>
    public static string Format(in EpochReport epoch, int epochs)
    {
        int width = epochs.ToString(CultureInfo.InvariantCulture).Length;
        string number = epoch.Epoch.ToString(CultureInfo.InvariantCulture).PadLeft(width);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {number}/{epochs}  loss {epoch.TrainLoss:F4}  test accuracy {100 * epoch.TestAccuracy:F2} %  {Speed(epoch)}");
    }

    private static string Speed(in EpochReport epoch) => epoch.SamplesPerSecond == 0
        ? "trained before"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{epoch.Seconds:F2} s  {epoch.SamplesPerSecond:N0} samples/s  {Rate(epoch.CrosspointUpdatesPerSecond)} crosspoint updates/s");

    /// <summary>A rate with three digits and a decimal prefix.</summary>
    public static string Rate(double perSecond)
    {
        (double scale, string prefix) = perSecond switch
        {
            >= 1e12 => (1e12, " T"),
            >= 1e9 => (1e9, " G"),
            >= 1e6 => (1e6, " M"),
            >= 1e3 => (1e3, " k"),
            _ => (1.0, ""),
        };
        return (perSecond / scale).ToString("G3", CultureInfo.InvariantCulture) + prefix;
    }
}
