using Tessera.Actors.Reduction;
using Tessera.Kernels.Digital;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>
/// A linear layer on a grid of tiles. Outputs of the input parts are added along the plan's tree, then the digital bias; gradients of the output parts
/// likewise. The bias gradient grows sample by sample, in order.
/// </summary>
internal sealed class TileStage : IStageExecutor
{
    private readonly TileGridPlan _grid;
    private readonly TilePlan[] _tiles;
    private readonly Tensor _input;
    private readonly Tensor _inputGradient;
    private readonly DigitalParameter? _bias;
    private readonly Tensor[] _replies; // [micro-batch * tiles + port]
    private readonly int[] _outstanding; // [micro-batch]
    private readonly Tensor[] _parts;

    /// <summary>Creates the executor.</summary>
    /// <param name="plan">The stage.</param>
    /// <param name="buffers">Activations.</param>
    /// <param name="edge">The one edge that the layer reads.</param>
    /// <param name="input">Output of the stage that it reads.</param>
    /// <param name="microBatches">Most micro-batches of a mini-batch.</param>
    public TileStage(StagePlan plan, StageBuffers buffers, EdgePlan edge, Tensor input, int microBatches)
    {
        Plan = plan;
        _grid = plan.Grid ?? throw new ArgumentException($"Stage '{plan.Name}' has no tile grid.", nameof(plan));
        _tiles = [.. _grid.Tiles];
        _input = input;
        _inputGradient = buffers.EdgeGradient(edge);
        Output = buffers.Output(plan);
        Gradient = buffers.Gradient(plan);
        _bias = plan.DigitalBias ? new DigitalParameter("bias", 1, plan.OutFeatures) : null;
        _replies = new Tensor[microBatches * _tiles.Length];
        _outstanding = new int[microBatches];
        _parts = new Tensor[Math.Max(_grid.InputParts.Count, _grid.OutputParts.Count)];
    }

    /// <inheritdoc/>
    public StagePlan Plan { get; }

    /// <inheritdoc/>
    public Tensor Output { get; }

    /// <inheritdoc/>
    public Tensor Gradient { get; }

    /// <inheritdoc/>
    public bool HasState => _bias is not null;

    /// <summary>The digital bias, where there is one: [OutFeatures].</summary>
    public Span<float> Bias => _bias is null ? default : _bias.Row(0);

    private bool WantsInputGradient => _inputGradient.Values is not null;

    /// <inheritdoc/>
    public bool Forward(in Pass pass, TileRequests requests)
    {
        var x = pass.RowsOf(_input);
        _outstanding[pass.Index] = _tiles.Length;
        foreach (var tile in _tiles)
        {
            requests.Send(Request(pass, tile, MessageKind.Forward, x.Part(tile.InputStart, tile.InSize)));
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Backward(in Pass pass, TileRequests requests)
    {
        var d = pass.RowsOf(Gradient);
        AccumulateBias(pass, d);
        _outstanding[pass.Index] = WantsInputGradient ? _tiles.Length : 0;
        foreach (var tile in _tiles)
        {
            requests.Send(Request(pass, tile, MessageKind.Backward, d.Part(tile.OutputStart, tile.OutSize)));
        }

        if (pass.IsLast)
        {
            // Nothing global lies between a layer's backward pass and its commit, and a mailbox keeps their order.
            foreach (var tile in _tiles)
            {
                requests.Send(Request(pass, tile, MessageKind.Commit, default));
            }

            _bias?.Step(new SGD(pass.LearningRate));
        }

        return !WantsInputGradient;
    }

    /// <inheritdoc/>
    public bool Accept(in Pass pass, in Message reply)
    {
        if (reply.Kind == MessageKind.InputGradient && !WantsInputGradient)
        {
            return false;
        }

        var first = pass.Index * _tiles.Length;
        _replies[first + reply.ReplyTo.Port] = reply.Payload;
        if (--_outstanding[pass.Index] > 0)
        {
            return false;
        }

        var replies = _replies.AsSpan(first, _tiles.Length);
        if (reply.Kind == MessageKind.Output)
        {
            AddOutputs(pass, replies);
        }
        else
        {
            AddInputGradients(pass, replies);
        }

        replies.Clear();
        return true;
    }

    /// <inheritdoc/>
    public void VisitState(ITileStateVisitor visitor) => _bias?.VisitState(visitor);

    /// <inheritdoc/>
    public void Dispose() => _bias?.Dispose();

    private Message Request(in Pass pass, TilePlan tile, MessageKind kind, Tensor payload) => new()
    {
        Kind = kind,
        To = Recipient.Tile,
        Purpose = pass.Purpose,
        WantsInputGradient = kind == MessageKind.Backward && WantsInputGradient,
        SnapshotAfter = kind == MessageKind.Commit && pass.SnapshotAfter,
        Tile = tile.Id,
        ReplyTo = new EdgeId(Plan.Id, tile.Port),
        Term = pass.Term,
        Step = pass.Step,
        Vectors = kind == MessageKind.Commit ? new VectorRange(0, pass.BatchSize) : pass.Vectors,
        Scalar = pass.LearningRate,
        Payload = payload,
    };

    private void AddOutputs(in Pass pass, ReadOnlySpan<Tensor> replies)
    {
        var outputParts = _grid.OutputParts.Count;
        var inputParts = _grid.InputParts.Count;
        var y = pass.RowsOf(Output);
        for (var o = 0; o < outputParts; o++)
        {
            for (var i = 0; i < inputParts; i++)
            {
                _parts[i] = replies[(i * outputParts) + o];
            }

            var tile = _tiles[o];
            PartialSums.Add(_parts.AsSpan(0, inputParts), y.Part(tile.OutputStart, tile.OutSize));
        }

        if (_bias is not null)
        {
            Kernels.Digital.Bias.AddTo(_bias.Row(0), y.Dense, y.Stride, y.Rows);
        }
    }

    private void AddInputGradients(in Pass pass, ReadOnlySpan<Tensor> replies)
    {
        var outputParts = _grid.OutputParts.Count;
        var x = pass.RowsOf(_inputGradient);
        for (var i = 0; i < _grid.InputParts.Count; i++)
        {
            var tile = _tiles[i * outputParts];
            PartialSums.Add(replies.Slice(i * outputParts, outputParts), x.Part(tile.InputStart, tile.InSize));
        }
    }

    private void AccumulateBias(in Pass pass, in Tensor d)
    {
        if (_bias is null)
        {
            return;
        }

        if (pass.IsFirst)
        {
            _bias.ClearGradients();
        }

        Kernels.Digital.Bias.AccumulateGradient(_bias.Gradients[..Plan.OutFeatures], d.Dense, d.Stride, d.Rows);
    }
}
