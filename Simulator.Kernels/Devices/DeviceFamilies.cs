using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Devices;

/// <summary>Builds the pulsed devices of one type of parameters.</summary>
/// <param name="device">Parameters, of the family's type.</param>
/// <param name="update">Parameters of the update.</param>
/// <param name="rows">Outputs.</param>
/// <param name="columns">Inputs.</param>
/// <param name="tile">Who draws.</param>
internal delegate PulsedDeviceArray BuildDevices(DeviceParameters device, UpdateParameters update, int rows, int columns, TileIdentity tile);

/// <summary>
/// All kinds of pulsed devices. A new one is a file for its parameters, a file for its model and a line here; a file of an experiment then knows it by
/// the name of its parameters.
/// </summary>
internal static class DeviceFamilies
{
    private static readonly Dictionary<Type, BuildDevices> Builders = [];

    /// <summary>The types of parameters that a file may name, the default first.</summary>
    internal static IReadOnlyList<Type> ParameterTypes { get; } =
    [
        Add<ConstantStepDevice, ConstantStepModel>(),
        Add<LinearStepDevice, LinearStepModel>(),
        Add<SoftBoundsDevice, LinearStepDevice, LinearStepModel>(device => device.ToLinearStep()),
        Add<SoftBoundsPmaxDevice, LinearStepDevice, LinearStepModel>(device => device.ToSoftBounds().ToLinearStep()),
        Add<SoftBoundsReferenceDevice, SoftBoundsReferenceModel>(),
        Add<ExpStepDevice, ExpStepModel>(),
        Add<PowStepDevice, PowStepModel>(),
        Add<PowStepReferenceDevice, PowStepReferenceModel>(),
        Add<PiecewiseStepDevice, PiecewiseStepModel>(),
        Add<HiddenStepDevice, HiddenStepDevice, HiddenStepModel>(HiddenStepModel.Scaled),
        typeof(IdealDevice),
        typeof(FloatingPointDevice),
    ];

    /// <summary>The builder of a type of parameters; null if they are not those of a pulsed device.</summary>
    internal static BuildDevices? BuilderOf(Type parameters) => Builders.GetValueOrDefault(parameters);

    private static Type Add<TDevice, TModel>()
        where TDevice : PulsedDeviceParameters
        where TModel : struct, IPulseModel, IDeviceFamily<TDevice, TModel> => Add<TDevice, TDevice, TModel>(device => device);

    /// <summary>Registers parameters that stand for those of another family.</summary>
    private static Type Add<TGiven, TDevice, TModel>(Func<TGiven, TDevice> resolve)
        where TGiven : PulsedDeviceParameters
        where TDevice : PulsedDeviceParameters
        where TModel : struct, IPulseModel, IDeviceFamily<TDevice, TModel>
    {
        Builders.Add(
            typeof(TGiven),
            (device, update, rows, columns, tile) => new PulsedDeviceArray<TDevice, TModel>(resolve((TGiven)device), update, rows, columns, tile));
        return typeof(TGiven);
    }
}
