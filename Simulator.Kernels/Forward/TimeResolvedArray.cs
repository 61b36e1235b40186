using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Kernels.Tiles;

namespace Tessera.Kernels.Forward;

/// <summary>
/// The crossbar of a read-out with time-dependent IR drop (spec forward, section 10): in evaluation the wires of the columns are solved, in training
/// and with <c>ir_drop: 0</c> the product is plain; the noise that depends on the length of the pulses acts in both.
/// </summary>
internal sealed unsafe class TimeResolvedArray : IDisposable
{
    private readonly ReadoutPlan _plan;
    private readonly AnalogArray _array;
    private readonly IrDropSettings _settings;
    private readonly IrDropSolver? _solver;
    private readonly PulseLengthNoise? _noise;
    private readonly int _inStride;
    private readonly int _outStride;
    private NativeBuffer<float> _proportional = new(0); // [vectors, output stride]
    private NativeBuffer<float> _constant = new(0); // [vectors, output stride]
    private float _unit; // uS of a weight of 1
    private DrawAddress? _drawn; // of the noise in hand; null before the first read of a call

    public TimeResolvedArray(IOParametersIRDropT io, ReadoutPlan plan, AnalogArray array, IrDropSettings settings)
    {
        _plan = plan;
        _array = array;
        _settings = settings;
        _inStride = Lanes.RoundUp(settings.InSize);
        _outStride = Lanes.RoundUp(settings.OutSize);
        _solver = io.IrDrop > 0 ? new IrDropSolver(settings, plan.Phases.Max(phase => phase.Times.Length)) : null;
        _noise = io.ApplyXdepPcmReadNoise && io.XdepPcmReadNoiseScale > 0 ? new PulseLengthNoise(io.XdepPcmReadNoiseScale, plan.LevelWidth) : null;
    }

    /// <summary>Bytes for chunks of the given number of vectors.</summary>
    public long BytesFor(int vectors) =>
        (_solver?.Bytes ?? 0) + (_noise is null ? 0 : ((3L * _inStride) + (2L * vectors)) * _outStride * sizeof(float));

    /// <summary>Takes over the weights of a call and makes room for a chunk.</summary>
    public void Ensure(int vectors, WeightMatrix weights, ReadPhase phase)
    {
        _drawn = null;
        if (_noise is not null)
        {
            _unit = _settings.Converter.Scale(RowSweep.AbsMax(weights.Values));
        }

        if (Solves(phase) && _noise is null)
        {
            _solver!.Load(weights.Values, weights.Stride);
        }

        if (_noise is not null && _proportional.Length < (long)vectors * _outStride)
        {
            DisposeChunk();
            _proportional = new((long)vectors * _outStride);
            _constant = new((long)vectors * _outStride);
        }
    }

    /// <summary>One phase of a chunk.</summary>
    /// <param name="weights">The crossbar of <see cref="Ensure"/>.</param>
    /// <param name="parts">[count, input stride] what the phase sends.</param>
    /// <param name="products">[count, output stride], overwritten.</param>
    /// <param name="count">Rows.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="round">Round of bound management.</param>
    /// <param name="pass">Number of the phase.</param>
    public void Read(WeightMatrix weights, float* parts, float* products, int count, in MvmChunk chunk, int round, int pass)
    {
        // All chunks of a call share the draws of a pass and round.
        var at = new DrawAddress(chunk.Step, (uint)pass, (uint)round);
        if (_noise is not null && _drawn != at)
        {
            _noise.Draw(weights, _unit, chunk.Keys.PulseLengthNoise, at);
            _drawn = at;
        }

        if (!Solves(chunk.Phase))
        {
            _array.Multiply(weights.Values, weights, parts, products, count);
            AddNoise(weights, parts, products, count);
            return;
        }

        for (var row = 0; row < count; row++)
        {
            var part = parts + ((nint)row * _inStride);
            if (_noise is not null)
            {
                var (slope, offset) = _noise.Strength(InputSweep.AbsSum(part, _inStride), _settings.InSize);
                _solver!.Load(_noise.Noisy(weights, slope, offset), weights.Stride);
            }

            _solver!.Read(part, _plan.Phases[pass].Times, products + ((nint)row * _outStride));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeChunk();
        _solver?.Dispose();
        _noise?.Dispose();
    }

    private bool Solves(ReadPhase phase) => _solver is not null && phase == ReadPhase.Evaluation;

    private void AddNoise(WeightMatrix weights, float* parts, float* products, int count)
    {
        if (_noise is null)
        {
            return;
        }

        _array.Multiply(_noise.Proportional, weights, parts, _proportional.Pointer, count);
        _array.Multiply(_noise.Constant, weights, parts, _constant.Pointer, count);
        for (var row = 0; row < count; row++)
        {
            var (slope, offset) = _noise.Strength(InputSweep.AbsSum(parts + ((nint)row * _inStride), _inStride), _settings.InSize);
            var at = (nint)row * _outStride;
            OutputSweep.Accumulate(offset, _constant.Pointer + at, _outStride, products + at);
            OutputSweep.Accumulate(slope, _proportional.Pointer + at, _outStride, products + at);
        }
    }

    private void DisposeChunk()
    {
        _proportional.Dispose();
        _constant.Dispose();
    }
}
