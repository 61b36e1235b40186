namespace Tessera.Kernels.Updates;

/// <summary>
/// Where the draws of an update begin. The trains of vector b of a call are those of vector <see cref="Vector"/> + b of the mini-batch; the noise of pulses has
/// the address of its first vector, so that a mini-batch that is applied in parts draws anew for each.
/// </summary>
/// <param name="Step">Step word.</param>
/// <param name="Vector">Index, within the mini-batch, of the first vector of the call; 0 where the call is the whole of it.</param>
internal readonly record struct UpdateAddress(uint Step, uint Vector = 0);
