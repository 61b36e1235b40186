using Tessera.Kernels.Configuration;
using Tessera.Kernels.Devices;
using Tessera.Kernels.Forward;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Host.Conformance;

/// <summary>Devices and weights of one case, at an address that follows from the case's name.</summary>
internal sealed class CaseTile : IDisposable
{
    private const ulong Seed = 2026;

    /// <summary>Builds the devices.</summary>
    /// <param name="name">Name of the case.</param>
    /// <param name="device">Which devices.</param>
    /// <param name="update">How they are updated.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <param name="replica">Which of several tiles of the case, 0 if it has one.</param>
    /// <exception cref="CaseRefusedException">The program refuses them.</exception>
    public CaseTile(string name, DeviceParameters device, UpdateParameters update, int rows, int columns, int replica = 0)
    {
        Devices = Refusable(() => DeviceArrays.Create(device, update, rows, columns, Identity(name) with { Replica = (uint)replica }));
        Weights = new WeightMatrix(rows, columns);
    }

    /// <summary>The devices.</summary>
    public DeviceArray Devices { get; }

    /// <summary>Their visible weights.</summary>
    public WeightMatrix Weights { get; }

    /// <summary>Who draws in a case: FNV-1a of its name.</summary>
    public static TileIdentity Identity(string name)
    {
        uint hash = 2166136261;
        foreach (char letter in name) { hash = (hash ^ letter) * 16777619; }
        return new TileIdentity(Seed, hash);
    }

    /// <summary>Turns the program's own refusal of a setting into that of a case.</summary>
    /// <exception cref="CaseRefusedException">The program refuses it.</exception>
    public static T Refusable<T>(Func<T> build)
    {
        try { return build(); }
        catch (Exception refusal) when (refusal is ArgumentException or NotSupportedException or IOParametersException)
        {
            throw new CaseRefusedException(refusal.Message.ReplaceLineEndings(" "));
        }
    }

    /// <summary>Sets weights as from outside, with bounds and write noise.</summary>
    /// <param name="dense">[rows, columns].</param>
    /// <param name="step">Part of the address of the write noise.</param>
    public void SetWeights(ReadOnlySpan<float> dense, ulong step)
    {
        Weights.CopyFrom(dense);
        Devices.OnSetWeights(Weights, step);
    }

    /// <summary>One hidden parameter, [rows, columns].</summary>
    public float[] Hidden(string name)
    {
        float[] values = new float[Weights.Rows * Weights.Columns];
        Devices.GetHiddenParameter(name, values);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Devices.Dispose();
        Weights.Dispose();
    }
}
