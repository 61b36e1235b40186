using System.Globalization;
using Tessera.Actors.Machines;
using Tessera.Coordination.Checkpoints;
using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using Tessera.Coordination.Plan;
using Tessera.Coordination.Training;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Numerics;
using Tessera.Protocol.Cluster;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Machines;

/// <summary>
/// Trains one network: takes a term, places the tiles, brings everything to the newest checkpoint, trains from there, stores checkpoints, and after
/// any failure, or to move tiles, begins again with a new term. What it computes is a function of experiment and data alone.
/// </summary>
/// <remarks>Not promised: how many steps are done twice after a failure; at most those since the newest checkpoint.</remarks>
internal sealed partial class CoordinatorMachine : IMachine, IDisposable
{
    private readonly NetworkPlan _plan;
    private readonly ulong _seed;
    private readonly DataPair _data;
    private readonly CoordinatorSettings _settings;
    private readonly StepRunner _runner;
    private readonly RunProgress _progress;
    private readonly Tickets _tickets = new();
    private readonly Checkpointer _checkpointer;
    private readonly OwnState _own;
    private readonly RunBlueprint _blueprint;
    private readonly SampleBatch _batch;
    private readonly SampleBatch _chunk;
    private Outbox _outbox = new(0);
    private TimeSpan _now;
    private CoordinatorPhase _phase = CoordinatorPhase.Idle;
    private Term _term = Term.None;
    private ulong _credits; // steps that the client still takes reports of
    private bool _stopRequested;

    /// <summary>Creates the machine with its buffers.</summary>
    /// <param name="config">The experiment.</param>
    /// <param name="plan">Its network.</param>
    /// <param name="data">Samples that fit it.</param>
    /// <param name="settings">How to work.</param>
    /// <param name="createCheckpointer">Builds the checkpointer; null is the default one.</param>
    public CoordinatorMachine(
        ExperimentConfig config, NetworkPlan plan, DataPair data, CoordinatorSettings settings, CheckpointerFactory? createCheckpointer = null)
    {
        _plan = plan;
        _seed = config.Seed;
        _data = data;
        _settings = settings;
        _runner = new StepRunner(plan, config.Seed, settings.BatchMax, settings.MicroBatch, settings.EvaluationMax);
        _progress = new RunProgress(config.Seed, config.Training, data.Train, settings.BatchMax);
        createCheckpointer ??= static (plan, hash, stages, tickets) => new Checkpointer(plan, hash, stages, tickets);
        _checkpointer = createCheckpointer(plan, settings.ConfigurationHash, _runner.StatefulStages, _tickets);
        _batch = new SampleBatch(settings.BatchMax, plan.InputFeatures);
        _chunk = new SampleBatch(settings.EvaluationMax, plan.InputFeatures);
        _hosts = new PeerId[plan.Tiles.Count];
        _isTileReady = new bool[plan.Tiles.Count];
        SetInitialBiases();
        _blueprint = BlueprintOf(config, plan, settings);
        _own = new OwnState(settings.ConfigurationHash, _runner.StatefulStages, _tickets);
    }

    /// <summary>Messages that can wait for this machine at most, without network: answers within credit, of the store, and the client's.</summary>
    public static int MailboxCapacity(NetworkPlan plan) => ((TileRequests.Credit + 2) * plan.Tiles.Count) + (2 * plan.Stages.Count) + 64;

    /// <summary>Loss of every mini-batch so far; touch it only while the machine does not run.</summary>
    internal ReadOnlySpan<float> Losses => _progress.Losses;

    /// <summary>The process of each tile in the newest term; touch it only while the machine does not run.</summary>
    internal IReadOnlyList<PeerId> Hosts => _hosts;

    /// <inheritdoc/>
    public void Handle(TimeSpan now, in Message message, Outbox outbox)
    {
        _now = now;
        _outbox = outbox;
        _runner.Requests.Use(_isSuspended ? _unsent : outbox, now);
        Handle(message);
        _unsent.Clear();
        RefreshStatus();
    }

    private void Handle(in Message message)
    {
        switch (message.Kind)
        {
            case MessageKind.Output or MessageKind.InputGradient or MessageKind.Committed:
                OnAnswer(message);
                break;
            case MessageKind.Start when _phase == CoordinatorPhase.Idle:
                _stopRequested = false;
                _handOverRequested = false;
                _membersTimer = 0;
                _knowsHosts = false;
                _unusable.Clear(); // the store may have been mended
                _credits = message.Operation;
                StartWatch();
                BeginOpening();
                break;
            case MessageKind.Continue:
                _credits += message.Operation;
                Proceed();
                break;
            case MessageKind.Stop:
                _stopRequested = true;
                Proceed();
                break;
            case MessageKind.HandOver:
                OnHandOver();
                break;
            case MessageKind.Leading:
                OnLeading(message);
                break;
            case MessageKind.NotLeading:
                OnNotLeading(message);
                break;
            case MessageKind.LeaseLapsed:
                OnLeaseLapsed(message);
                break;
            case MessageKind.LeaseHolds:
                OnLeaseHolds(message);
                break;
            case MessageKind.PeerLost:
                OnPeerLost(message.Peer);
                break;
            case MessageKind.PeerFound:
                OnPeerFound(message.Peer);
                break;
            case MessageKind.Assigned:
                OnAssigned(message);
                break;
            case MessageKind.Applied or MessageKind.Restored:
                OnTileReady(message);
                break;
            case MessageKind.NeedsForward:
                OnNeedsForward(message);
                break;
            case MessageKind.Refused:
                OnRefused(message);
                break;
            case MessageKind.Timer:
                OnTimer(message.Operation);
                break;
            default:
                OnStoreAnswer(message);
                break;
        }
    }

    /// <summary>Where it is, for a person who looks for what it waits for.</summary>
    public override string ToString() =>
        $"{(_isSuspended ? "Suspended, " : string.Empty)}{_phase} in {_term} after {_progress.Step} of {_progress.StepsTotal}, "
        + $"{(_runner.IsRunning ? "running" : "not running")}, "
        + $"{_runner.Requests.CommitsOutstanding} commits unconfirmed, checkpoint {(_checkpointer.Outstanding is { } step ? $"of {step} under way" : "idle")}, "
        + $"newest {_checkpointer.Newest?.Step.ToString(CultureInfo.InvariantCulture) ?? "none"}, credit {_credits}, "
        + $"{_unassigned.Count} members and {_isTileReady.Count(isReady => !isReady)} tiles not ready, own state {(_own.IsComplete ? "complete" : "incomplete")}";

    /// <inheritdoc/>
    public void Dispose() => _runner.Dispose();

    private static RunBlueprint BlueprintOf(ExperimentConfig config, NetworkPlan plan, CoordinatorSettings settings) => new()
    {
        ConfigurationHash = settings.ConfigurationHash,
        Seed = config.Seed,
        NumericsVersion = NumericsVersion.Current,
        BatchMax = settings.BatchMax,
        EvaluationMax = settings.EvaluationMax,
        Physics = [.. plan.Physics.Select(RpuConfigText.Write)],
        Stages = [.. plan.Stages.Where(stage => stage.Grid is not null).Select(stage => new TileStagePlan(stage.Id, stage.Name, stage.Grid!))],
    };

    private void OnStoreAnswer(in Message message)
    {
        if (!IsServing)
        {
            OnOpeningAnswer(message);
            return;
        }

        _checkpointMarks++;
        switch (_checkpointer.Accept(message, _runner.Requests, _outbox))
        {
            case CheckpointOutcome.Completed:
                MarkProgress();
                _unusable.Clear();
                _lastCheckpoint = _now;
                Report(MessageKind.CheckpointDone, new StepId(_checkpointer.Newest!.Step));
                break;
            case CheckpointOutcome.GivenUp:
                OnCheckpointGivenUp();
                break;
            case CheckpointOutcome.Superseded:
                StepDown(message.Detail);
                return;
        }

        if (_phase == CoordinatorPhase.Finalizing || _moveStep is not null)
        {
            Proceed();
        }
    }

    private void OnRefused(in Message message)
    {
        _olderTerms += message.Refusal == Refusal.OlderTerm ? 1 : 0;
        switch (message.Refusal)
        {
            case Refusal.OlderTerm when message.Term.CompareTo(_term) > 0:
                StepDown(message.Detail);
                break;
            case Refusal.OlderTerm or Refusal.OutOfStep:
                break; // an answer to what was sent long ago, or a message that overtook another: the watch repeats what is missing
            case Refusal.NotHosted or Refusal.TermNotOpened when HasPlaced && Array.IndexOf(_hosts, message.Peer) >= 0:
                Reopen();
                break;
            case Refusal.NotHosted or Refusal.TermNotOpened:
                break;
            case Refusal.Unavailable or Refusal.Full:
                break; // of a restore: the watch asks again
            case Refusal.Damaged or Refusal.Missing when message.Term == _term && _phase == CoordinatorPhase.Opening && _target is not null:
                LeaveCheckpoint(message.Detail);
                break;
            default:
                if (message.Term == _term)
                {
                    Fail(message.Detail ?? $"{message.Tile} refused without a reason at {message.Step}.");
                }

                break;
        }
    }

    /// <summary>Whether tiles have been brought to one state and serve.</summary>
    private bool IsServing => _phase is CoordinatorPhase.Training or CoordinatorPhase.Settling or CoordinatorPhase.Evaluating or CoordinatorPhase.Finalizing;

    private void Fail(string detail)
    {
        _runner.Abandon();
        End(MessageKind.Failed, detail);
    }

    private void End(MessageKind kind, string? detail = null)
    {
        _phase = CoordinatorPhase.Idle;
        Resume();
        _outbox.Send(ToClient(kind, _progress.Step) with { Detail = detail });
        Leave();
    }

    private void SetInitialBiases()
    {
        foreach (var stage in _plan.Stages)
        {
            if (stage.DigitalBias)
            {
                InitialWeights.Bias(stage, _seed).CopyTo(((TileStage)_runner.ExecutorOf(stage.Id)).Bias);
            }
        }
    }

    private void Leave() => _outbox.Send(new Message { Kind = MessageKind.Leave, To = Recipient.ControlClient, Term = _term, Tile = TileId.None });

    private void Report(MessageKind kind, StepId step) => _outbox.Send(ToClient(kind, step));

    private Message ToClient(MessageKind kind, StepId step) => new()
    {
        Kind = kind,
        To = Recipient.Client,
        Tile = TileId.None,
        Term = _term,
        Step = step,
    };
}

/// <summary>Builds the checkpointer of a coordinator.</summary>
internal delegate Checkpointer CheckpointerFactory(
    NetworkPlan plan, string configurationHash, IEnumerable<IStageExecutor> stages, Tickets tickets);
