using System.Runtime.Intrinsics;

namespace Tessera.Kernels.Devices;

/// <summary>Hidden parameters of 16 cells, one lane a cell.</summary>
/// <param name="Maximum">Upper bounds.</param>
/// <param name="Minimum">Lower bounds.</param>
/// <param name="Up">Sizes of an up step.</param>
/// <param name="Down">Sizes of a down step, positive.</param>
/// <param name="ExtraA">First device-specific array.</param>
/// <param name="ExtraB">Second device-specific array.</param>
/// <param name="ExtraC">Third device-specific array; the state of a model that changes state.</param>
/// <param name="Derived">What <see cref="IPulseModel.Prepare(ref CellLanes)"/> computed; the state's normal draw of a model that changes state.</param>
internal record struct CellLanes(
    Vector512<float> Maximum,
    Vector512<float> Minimum,
    Vector512<float> Up,
    Vector512<float> Down,
    Vector512<float> ExtraA,
    Vector512<float> ExtraB,
    Vector512<float> ExtraC,
    Vector512<float> Derived);

/// <summary>Hidden parameters of one cell; the scalar counterpart of <see cref="CellLanes"/>.</summary>
internal record struct CellParameters(
    float Maximum, float Minimum, float Up, float Down, float ExtraA, float ExtraB, float ExtraC, float Derived);

/// <summary>
/// The answer of one kind of device to a pulse. Implementations are small structs of scalar constants; the pulse loop is compiled once for
/// each of them, so that nothing inside is virtual. The two forms must agree bit for bit.
/// </summary>
internal interface IPulseModel
{
    /// <summary>Device-specific hidden arrays that a pulse reads: 0 to 3.</summary>
    static abstract int ExtraArrays { get; }

    /// <summary>Whether the step law does not depend on the weight, so that pulses may be added up where no bound is in reach.</summary>
    static abstract bool StepIsConstant { get; }

    /// <summary>Whether pulses change the third device-specific array. Its noise has a normal draw of its own.</summary>
    static abstract bool ChangesState { get; }

    /// <summary>Relative cycle-to-cycle noise; 0 draws none.</summary>
    float CycleNoise { get; }

    /// <summary>Relative noise of the state's change; 0 draws none. Only where <see cref="ChangesState"/>.</summary>
    float StateNoise { get; }

    /// <summary>Computes, once before the pulses of a list, what they share; it may overwrite arrays that the model does not read otherwise.</summary>
    void Prepare(ref CellLanes cell);

    /// <summary>One cell of the vector form.</summary>
    void Prepare(ref CellParameters cell);

    /// <summary>Weights after one pulse on each of 16 cells, bounds applied.</summary>
    /// <param name="weight">Weights before the pulse.</param>
    /// <param name="down">All ones in lanes that get a down pulse, zero in the others (up).</param>
    /// <param name="normal">Standard normal draws; 0 where <see cref="CycleNoise"/> is 0.</param>
    /// <param name="cell">The cells; a model that changes state changes it here.</param>
    Vector512<float> Pulse(Vector512<float> weight, Vector512<float> down, Vector512<float> normal, ref CellLanes cell);

    /// <summary>The weight after one pulse on one cell, bounds applied.</summary>
    float Pulse(float weight, bool down, float normal, ref CellParameters cell);
}

/// <summary>How the devices of one kind of parameters are built around a pulse model.</summary>
/// <typeparam name="TDevice">The parameters.</typeparam>
/// <typeparam name="TModel">The model.</typeparam>
internal interface IDeviceFamily<TDevice, TModel>
    where TDevice : Configuration.PulsedDeviceParameters
    where TModel : struct, IPulseModel
{
    /// <summary>Names of the device-specific hidden parameters, in aihwkit's order (spec devices, section 4).</summary>
    static abstract IReadOnlyList<string> ExtraNames { get; }

    /// <summary>The constants of the pulse law.</summary>
    static abstract TModel ModelOf(TDevice device);

    /// <summary>Weight change of one mean pulse (spec devices, section 7).</summary>
    /// <param name="device">Parameters.</param>
    /// <param name="stepSize">dw_min, as given or as re-estimated from hidden parameters.</param>
    static virtual float Granularity(TDevice device, float stepSize) => stepSize;

    /// <summary>Draws the device-specific hidden parameters after the common ones.</summary>
    static virtual void DrawExtras(TDevice device, DeviceConstruction construction, HiddenParameters hidden)
    {
    }
}
