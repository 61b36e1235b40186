using System.Runtime.InteropServices;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Machines;

/// <summary>
/// Where a run is: steps done, and the loss of each. Everything else, the epoch, the samples of the next mini-batch, their order and the learning
/// rate, follows from the step alone, so that a run that comes back goes on with the same samples.
/// </summary>
internal sealed class RunProgress
{
    private readonly ulong _seed;
    private readonly TrainingConfig _training;
    private readonly SampleSet _samples;
    private readonly int _batch;
    private readonly int[] _order;
    private readonly List<float> _losses = [];
    private int _orderEpoch; // whose order lies in _order; 0 is none

    /// <summary>Creates the progress of a run that has not begun.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="training">Optimisation.</param>
    /// <param name="samples">Training samples.</param>
    /// <param name="batch">Samples of a mini-batch, 1 to all.</param>
    public RunProgress(ulong seed, TrainingConfig training, SampleSet samples, int batch)
    {
        _seed = seed;
        _training = training;
        _samples = samples;
        _batch = batch;
        _order = new int[samples.Count];
        StepsPerEpoch = ((samples.Count - 1) / batch) + 1;
    }

    /// <summary>Mini-batches of an epoch; the last one may be smaller.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Mini-batches of the run.</summary>
    public long StepsTotal => (long)StepsPerEpoch * _training.Epochs;

    /// <summary>Mini-batches done.</summary>
    public StepId Step => new((ulong)_losses.Count);

    /// <summary>Whether all epochs are trained.</summary>
    public bool IsFinished => _losses.Count >= StepsTotal;

    /// <summary>Whether the step that was done last was the last of an epoch.</summary>
    public bool IsEpochEnd => _losses.Count > 0 && _losses.Count % StepsPerEpoch == 0;

    /// <summary>Epoch, from 1, of the step that was done last; 1 before the first.</summary>
    public int Epoch => Math.Max(0, _losses.Count - 1) / StepsPerEpoch + 1;

    /// <summary>Learning rate of the next step.</summary>
    public float NextLearningRate => LearningRate.At(_training, _losses.Count / StepsPerEpoch);

    /// <summary>Loss of each step done: of step i + 1 at i.</summary>
    public ReadOnlySpan<float> Losses => CollectionsMarshal.AsSpan(_losses);

    /// <summary>Samples of the epoch that were seen after the step that was done last.</summary>
    public int SamplesDone => _losses.Count == 0 ? 0 : Math.Min(_samples.Count, (((_losses.Count - 1) % StepsPerEpoch) + 1) * _batch);

    /// <summary>Copies the samples of the next mini-batch.</summary>
    public void FillNext(SampleBatch batch)
    {
        var epoch = (_losses.Count / StepsPerEpoch) + 1;
        if (_orderEpoch != epoch)
        {
            EpochOrder.Fill(_seed, epoch - 1, _order);
            _orderEpoch = epoch;
        }

        var first = _losses.Count % StepsPerEpoch * _batch;
        batch.Fill(_samples, _order, first);
    }

    /// <summary>One more step is done.</summary>
    public void Complete(float loss) => _losses.Add(loss);

    /// <summary>Mean loss over the samples of the epoch of <see cref="Epoch"/> so far, each at the weights of its step.</summary>
    public double MeanLossOfEpoch()
    {
        var (sum, seen) = (0.0, 0);
        for (var step = (Epoch - 1) * StepsPerEpoch; step < _losses.Count; step++)
        {
            var count = Math.Min(_batch, _samples.Count - (step % StepsPerEpoch * _batch));
            sum += (double)_losses[step] * count;
            seen += count;
        }

        return sum / seen;
    }

    /// <summary>Goes back to an earlier step of this run.</summary>
    public void ReturnTo(StepId step) => _losses.RemoveRange((int)step.Value, _losses.Count - (int)step.Value);

    /// <summary>Takes the losses of a checkpoint.</summary>
    public void Load(ReadOnlySpan<float> losses)
    {
        _losses.Clear();
        _losses.AddRange(losses);
    }
}
