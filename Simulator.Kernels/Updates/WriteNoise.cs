using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Updates;

/// <summary>Why visible weights are written; the call site of the draw, so never reuse a value.</summary>
internal enum WriteCause : uint
{
    Update = 0,
    Set = 1,
    Decay = 2,
    Diffusion = 3,
    Clip = 4,
    Reset = 5,
    Drift = 6,
}

/// <summary>
/// Re-creates visible weights from persistent ones: visible = persistent + write_noise_std * dw_min * xi (spec devices, section 5). aihwkit
/// re-draws after every pulse, but only the draw after a cell's last pulse of a mini-batch is ever seen, so one draw per touched cell and
/// mini-batch has the same law.
/// </summary>
internal sealed unsafe class WriteNoise : IDisposable
{
    private readonly NativeBuffer<float> _normals;
    private readonly int _stride;
    private readonly int _rows;
    private readonly int _columns;
    private readonly TileIdentity _tile;
    private readonly RandomKey _updateKey;
    private float* _visible;
    private float _deviation;

    internal WriteNoise(int rows, int columns, TileIdentity tile)
    {
        _rows = rows;
        _tile = tile;
        _columns = columns;
        _stride = Lanes.RoundUp(columns);
        _normals = new NativeBuffer<float>(_stride);
        _updateKey = RandomKey.Derive(tile, RandomStream.WriteNoise, (uint)WriteCause.Update);
    }

    /// <summary>Bytes held.</summary>
    internal long Bytes => _normals.Bytes;

    /// <summary>Sets the target and the scale of the next refreshes.</summary>
    /// <param name="visible">Visible weights, row-padded.</param>
    /// <param name="deviation">Standard deviation in weight units.</param>
    internal void Start(float* visible, float deviation)
    {
        _visible = visible;
        _deviation = deviation;
    }

    /// <summary>Re-creates the touched cells of one row after pulses.</summary>
    /// <param name="row">The row.</param>
    /// <param name="at">Address of the draw.</param>
    /// <param name="touched">Plane (see <see cref="TrainLayout"/>) of the touched columns.</param>
    /// <param name="persistent">Persistent weights, row-padded.</param>
    internal void Refresh(int row, in DrawAddress at, uint* touched, float* persistent)
    {
        RandomField.Normals(_updateKey, at, row, new Span<float>(_normals.Pointer, _columns));
        Apply(_visible + ((long)row * _stride), persistent + ((long)row * _stride), _normals.Pointer, touched, _stride, _deviation);
    }

    /// <summary>Re-creates all cells after an operation on the whole tile.</summary>
    internal void RefreshAll(WriteCause cause, in DrawAddress at, float* persistent)
    {
        var key = RandomKey.Derive(_tile, RandomStream.WriteNoise, (uint)cause);
        for (var row = 0; row < _rows; row++)
        {
            RandomField.Normals(key, at, row, new Span<float>(_normals.Pointer, _columns));
            for (var c = 0; c < _stride; c += Lanes.Count)
            {
                var i = ((long)row * _stride) + c;
                Vector512.FusedMultiplyAdd(Vector512.Load(_normals.Pointer + c), Vector512.Create(_deviation), Vector512.Load(persistent + i))
                    .Store(_visible + i);
            }
        }
    }

    private static void Apply(float* visible, float* persistent, float* normals, uint* touched, int stride, float deviation)
    {
        for (var c = 0; c < stride; c += Lanes.Count)
        {
            var bits = Vector512.Load(touched + (c / TrainLayout.ColumnsPerPlane * Lanes.Count)) & Vector512.Create(1u << TrainLayout.PlaneBit(c));
            var idle = Vector512.Equals(bits, Vector512<uint>.Zero).AsSingle();
            var next = Vector512.FusedMultiplyAdd(Vector512.Load(normals + c), Vector512.Create(deviation), Vector512.Load(persistent + c));
            Vector512.ConditionalSelect(idle, Vector512.Load(visible + c), next).Store(visible + c);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _normals.Dispose();
}
