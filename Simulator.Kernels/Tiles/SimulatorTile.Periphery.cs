using Tessera.Kernels.Forward;

namespace Tessera.Kernels.Tiles;

/// <content>Fixed values of both peripheries by name (spec tile-api, section 4; spec forward, section 5).</content>
public abstract partial class SimulatorTile
{
    /// <summary>
    /// Fixed values of the forward periphery by aihwkit's name, as far as the configuration has them: <c>v_offset</c>, <c>w_asymmetry</c>,
    /// <c>out_nonlinearity</c>, <c>out_nonlinearity_factor</c>, <c>out_noise_values</c>.
    /// </summary>
    public IReadOnlyDictionary<string, float[]> GetForwardParameters() => Parameters(_forward);

    /// <summary>Fixed values of the backward periphery by name.</summary>
    public IReadOnlyDictionary<string, float[]> GetBackwardParameters() => Parameters(_backward);

    /// <summary>Replaces one fixed value of the forward periphery.</summary>
    /// <exception cref="TileException">Unknown name, wrong length or a value that it cannot have; nothing was changed.</exception>
    public void SetForwardParameter(string name, ReadOnlySpan<float> values) => _forward.SetParameter(name, values);

    /// <summary>Replaces one fixed value of the backward periphery.</summary>
    /// <exception cref="TileException">Unknown name, wrong length or a value that it cannot have; nothing was changed.</exception>
    public void SetBackwardParameter(string name, ReadOnlySpan<float> values) => _backward.SetParameter(name, values);

    /// <summary>Replaces some fixed values of the forward periphery, all or none.</summary>
    /// <exception cref="TileException">Unknown name, wrong length or a value that it cannot have; nothing was changed.</exception>
    public void SetForwardParameters(IReadOnlyDictionary<string, float[]> parameters) => SetAll(_forward, parameters);

    /// <summary>Replaces some fixed values of the backward periphery, all or none.</summary>
    /// <exception cref="TileException">Unknown name, wrong length or a value that it cannot have; nothing was changed.</exception>
    public void SetBackwardParameters(IReadOnlyDictionary<string, float[]> parameters) => SetAll(_backward, parameters);

    private static Dictionary<string, float[]> Parameters(MvmPass pass) => pass.ParameterNames.ToDictionary(name => name, pass.GetParameter);

    private static void SetAll(MvmPass pass, IReadOnlyDictionary<string, float[]> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        foreach (var (name, values) in parameters)
        {
            pass.CheckParameter(name, values);
        }

        foreach (var (name, values) in parameters)
        {
            pass.SetParameter(name, values);
        }
    }
}
