namespace Tessera.Coordination.Machines;

/// <summary>What an epoch came to.</summary>
/// <param name="Epoch">Pass over the data, from 1.</param>
/// <param name="TrainLoss">Mean loss over the epoch's samples, each at the weights of its step.</param>
/// <param name="Correct">Test samples that were classified correctly.</param>
/// <param name="Tested">Test samples.</param>
internal sealed record EpochResult(int Epoch, double TrainLoss, int Correct, int Tested);
