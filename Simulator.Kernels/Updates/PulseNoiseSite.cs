namespace Tessera.Kernels.Updates;

/// <summary>Call sites of the pulse noise; part of the address, so never reuse a value.</summary>
internal static class PulseNoiseSite
{
    /// <summary>Noise of the weight's step.</summary>
    internal const uint Weight = 0;

    /// <summary>Noise of the hidden state's step.</summary>
    internal const uint State = 1;
}
