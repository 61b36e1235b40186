using System.Runtime.Intrinsics;
using Tessera.Kernels.Devices;

namespace Tessera.Kernels.Updates;

/// <summary>16 cells with their lists of pulses; <see cref="PulseLockstep"/> says what each field is.</summary>
internal unsafe ref struct PulseGroupArguments
{
    internal Vector512<float> Weight;
    internal CellLanes Cell;
    internal uint* Directions;
    internal Vector512<uint> Length;
    internal uint LengthMax;
    internal Vector512<uint> CellWord;
    internal Vector512<uint> EventHigh;
    internal uint* Words;
}
