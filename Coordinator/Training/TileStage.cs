using Tessera.Kernels.Digital;
using Tessera.Kernels.Tiles;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Training;

/// <summary>
/// A linear layer on a grid of tiles, asked group by group. Outputs of the input parts are added along the plan's tree, as far as a node holds them there,
/// the rest here, then the digital bias; gradients of the output parts likewise. The bias gradient grows sample by sample, in order.
/// </summary>
internal sealed class TileStage : IStageExecutor
{
    private readonly TileGridPlan _grid;
    private readonly Tensor _input;
    private readonly Tensor _inputGradient;
    private readonly DigitalParameter? _bias;
    private readonly int[] _outstanding; // [micro-batch]: groups that have not answered
    private TileGroup[] _groups = [];
    private GroupExchange? _forward; // of these groups
    private GroupExchange? _backward;

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
        _input = input;
        _inputGradient = buffers.EdgeGradient(edge);
        Output = buffers.Output(plan);
        Gradient = buffers.Gradient(plan);
        _bias = plan.DigitalBias ? new DigitalParameter("bias", 1, plan.OutFeatures) : null;
        _outstanding = new int[microBatches];
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
        UseGroups(requests.GroupsOf(Plan.Id));
        var x = pass.RowsOf(_input);
        _outstanding[pass.Index] = _groups.Length;
        for (var group = 0; group < _groups.Length; group++)
        {
            requests.Send(Request(pass, group, MessageKind.Forward, _forward!.ReadBy(group, pass, x)));
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Backward(in Pass pass, TileRequests requests)
    {
        var d = pass.RowsOf(Gradient);
        AccumulateBias(pass, d);
        _outstanding[pass.Index] = WantsInputGradient ? _groups.Length : 0;
        for (var group = 0; group < _groups.Length; group++)
        {
            requests.Send(Request(pass, group, MessageKind.Backward, _backward!.ReadBy(group, pass, d)));
        }

        if (pass.IsLast)
        {
            // Nothing global lies between a layer's backward pass and its commit, and a mailbox keeps their order.
            for (var group = 0; group < _groups.Length; group++)
            {
                requests.Send(Request(pass, group, MessageKind.Commit, default));
            }

            _bias?.Step(new SGD(pass.LearningRate));
        }

        return !WantsInputGradient;
    }

    /// <inheritdoc/>
    public string? Misfit(in Pass pass, in Message reply)
    {
        var (group, answer, vectors) = (reply.ReplyTo.Port, reply.Payload, pass.Vectors.Count);
        return IsOfNoUse(reply) || ExchangeOf(reply).Fits(group, answer, vectors)
            ? null
            : $"answered [{answer.Rows}, {answer.Columns}] as {reply.Kind} of stage '{Plan.Name}', expected [{vectors}, {ExchangeOf(reply).ColumnsOf(group)}]";
    }

    /// <inheritdoc/>
    public bool Accept(in Pass pass, in Message reply)
    {
        if (IsOfNoUse(reply))
        {
            return false;
        }

        var isOutput = reply.Kind == MessageKind.Output;
        var exchange = ExchangeOf(reply);
        var total = pass.RowsOf(isOutput ? Output : _inputGradient);
        exchange.Keep(reply.ReplyTo.Port, pass, reply.Payload, total);
        if (--_outstanding[pass.Index] > 0)
        {
            return false;
        }

        exchange.Add(pass, total);
        if (isOutput && _bias is not null)
        {
            Kernels.Digital.Bias.AddTo(_bias.Row(0), total.Dense, total.Stride, total.Rows);
        }

        return true;
    }

    /// <inheritdoc/>
    public void VisitState(ITileStateVisitor visitor) => _bias?.VisitState(visitor);

    /// <inheritdoc/>
    public void Dispose() => _bias?.Dispose();

    private bool IsOfNoUse(in Message reply) => reply.Kind == MessageKind.InputGradient && !WantsInputGradient;

    private GroupExchange ExchangeOf(in Message reply) => reply.Kind == MessageKind.Output ? _forward! : _backward!;

    /// <summary>A new term has other groups.</summary>
    private void UseGroups(TileGroup[] groups)
    {
        if (ReferenceEquals(groups, _groups))
        {
            return;
        }

        _groups = groups;
        _forward = new GroupExchange(groups.Select(group => group.Layout.Forward), _grid.OutputParts, _grid.ForwardTree, Output.Rows, hasAnswer: true);
        _backward = new GroupExchange(
            groups.Select(group => group.Layout.Backward), _grid.InputParts, _grid.BackwardTree, Gradient.Rows, WantsInputGradient);
    }

    private Message Request(in Pass pass, int group, MessageKind kind, Tensor payload) => new()
    {
        Kind = kind,
        To = Recipient.Node,
        Purpose = pass.Purpose,
        WantsInputGradient = kind == MessageKind.Backward && WantsInputGradient,
        SnapshotAfter = kind == MessageKind.Commit && pass.SnapshotAfter,
        Tile = TileId.None,
        ReplyTo = _groups[group].Edge,
        Term = pass.Term,
        Step = pass.Step,
        Vectors = kind == MessageKind.Commit ? new VectorRange(0, pass.BatchSize) : pass.Vectors,
        Scalar = pass.LearningRate,
        Payload = payload,
    };

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
