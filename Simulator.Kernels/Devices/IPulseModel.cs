using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Devices;

/// <summary>Hidden parameters of 16 cells, one lane a cell.</summary>
/// <param name="Maximum">Upper bounds.</param>
/// <param name="Minimum">Lower bounds.</param>
/// <param name="Up">Sizes of an up step.</param>
/// <param name="Down">Sizes of a down step, positive.</param>
/// <param name="ExtraA">First device-specific array.</param>
/// <param name="ExtraB">Second device-specific array.</param>
public readonly record struct CellLanes(
    Vector512<float> Maximum, Vector512<float> Minimum, Vector512<float> Up, Vector512<float> Down, Vector512<float> ExtraA, Vector512<float> ExtraB);

/// <summary>Hidden parameters of one cell; the scalar counterpart of <see cref="CellLanes"/>.</summary>
public readonly record struct CellParameters(float Maximum, float Minimum, float Up, float Down, float ExtraA, float ExtraB);

/// <summary>
/// The answer of one kind of device to a pulse. Implementations are small structs of scalar constants; the pulse loop is compiled once for
/// each of them, so that nothing inside is virtual. The two forms must agree bit for bit.
/// </summary>
public interface IPulseModel
{
    /// <summary>Device-specific hidden arrays that a pulse reads: 0 to 2.</summary>
    static abstract int ExtraArrays { get; }

    /// <summary>Whether the step law does not depend on the weight, so that pulses may be added up where no bound is in reach.</summary>
    static abstract bool StepIsConstant { get; }

    /// <summary>Relative cycle-to-cycle noise; 0 draws none.</summary>
    float CycleNoise { get; }

    /// <summary>Weights after one pulse on each of 16 cells, bounds applied.</summary>
    /// <param name="weight">Weights before the pulse.</param>
    /// <param name="down">All ones in lanes that get a down pulse, zero in the others (up).</param>
    /// <param name="normal">Standard normal draws; 0 where <see cref="CycleNoise"/> is 0.</param>
    /// <param name="cell">The cells.</param>
    Vector512<float> Pulse(Vector512<float> weight, Vector512<float> down, Vector512<float> normal, in CellLanes cell);

    /// <summary>The weight after one pulse on one cell, bounds applied.</summary>
    float Pulse(float weight, bool down, float normal, in CellParameters cell);
}
