using Tessera.Coordination.Machines;
using Tessera.Coordination.Tests.Support;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Tests.Machines;

/// <summary>Steps, epochs and evaluations; tile 0 is the first layer, tile 1 the second.</summary>
public class CoordinatorTrainingTests
{
    [Fact]
    public void A_run_leads_reads_assigns_opens_and_begins()
    {
        using var bench = new CoordinatorBench(Networks.Mlp());
        bench.Tell(MessageKind.Start, 1);
        foreach (var kind in new[] { MessageKind.Lead, MessageKind.ReadManifest, MessageKind.Assign })
        {
            Assert.Equal(kind, Assert.Single(bench.Pending).Kind);
            bench.Answer(bench.Pending[0]);
        }

        Assert.Equal([MessageKind.Apply, MessageKind.Apply], bench.Pending.Select(request => request.Kind));
        Assert.All(bench.Pending, request => Assert.Equal((7, 1ul), (request.Peer.Value, request.Term.Value)));
        bench.Answer(MessageKind.Apply, 1);
        Assert.Empty(bench.Reports);
        bench.Answer(MessageKind.Apply, 0);

        Assert.Equal("Opened 0", bench.Last);
        Assert.Equal((MessageKind.Forward, Recipient.Node, 1), (bench.Pending[0].Kind, bench.Pending[0].To, bench.Pending[0].ReplyTo.Stage.Index));
    }

    [Fact]
    public void A_layer_steps_back_before_the_layer_above_has_committed()
    {
        using var bench = new CoordinatorBench(Networks.Mlp()).Open();
        bench.Answer(MessageKind.Forward, 0);
        bench.Answer(MessageKind.Forward, 1);

        var sent = bench.Answer(MessageKind.Backward, 1);

        Assert.Contains(sent, request => request is { Kind: MessageKind.Backward, ReplyTo.Stage.Index: 1 });
        Assert.Single(bench.To(MessageKind.Commit, 1)); // on its way, not confirmed
    }

    [Fact]
    public void The_next_step_begins_before_any_commit_is_confirmed()
    {
        using var bench = new CoordinatorBench(Networks.Mlp()).Open();
        bench.Answer(MessageKind.Forward, 0);
        bench.Answer(MessageKind.Forward, 1);
        bench.Answer(MessageKind.Backward, 1);

        Assert.Equal("StepDone 1", bench.Last);
        Assert.Equal(2ul, Assert.Single(bench.To(MessageKind.Forward, 0)).Step.Value);
        Assert.Single(bench.To(MessageKind.Commit, 0));
        Assert.Single(bench.To(MessageKind.Commit, 1));
    }

    [Fact]
    public void All_micro_batches_are_sent_before_the_first_has_passed_the_network()
    {
        using var bench = new CoordinatorBench(Networks.Mlp(micro: 5)).Open();

        Assert.Equal([0, 5], bench.To(MessageKind.Forward, 0).Select(request => request.Vectors.First));
        bench.Answer(MessageKind.Forward, 0, vector: 5);
        Assert.Equal([5], bench.To(MessageKind.Forward, 1).Select(request => request.Vectors.First));
    }

    [Fact]
    public void A_layer_goes_back_in_the_order_of_micro_batches_whatever_the_order_of_outputs()
    {
        using var bench = new CoordinatorBench(Networks.Mlp(micro: 5)).Open();
        bench.Answer(MessageKind.Forward, 0, vector: 5);
        bench.Answer(MessageKind.Forward, 0, vector: 0);
        bench.Answer(MessageKind.Forward, 1, vector: 5);
        Assert.Empty(bench.To(MessageKind.Backward, 1));

        bench.Answer(MessageKind.Forward, 1, vector: 0);
        Assert.Equal([0, 5], bench.To(MessageKind.Backward, 1).Select(request => request.Vectors.First));

        bench.Answer(MessageKind.Backward, 1, vector: 5);
        Assert.Empty(bench.To(MessageKind.Backward, 0));
        bench.Answer(MessageKind.Backward, 1, vector: 0);
        Assert.Equal([0, 5], bench.To(MessageKind.Backward, 0).Select(request => request.Vectors.First));
        Assert.Equal("StepDone 1", bench.Last);
    }

    [Fact]
    public void A_group_gets_no_more_than_its_credit()
    {
        using var bench = new CoordinatorBench(Networks.Mlp(batch: 20, micro: 1)).Open();

        Assert.Equal(8, bench.To(MessageKind.Forward, 0).Count);
        bench.Answer(MessageKind.Forward, 0, vector: 3);
        Assert.Equal(8, bench.To(MessageKind.Forward, 0).Count);
    }

    [Theory]
    [InlineData(10, 11)]
    [InlineData(9, 12)]
    [InlineData(0, 0)]
    public void An_answer_of_another_size_is_refused_with_the_node_and_the_stage(int rows, int columns)
    {
        using var bench = new CoordinatorBench(Networks.Mlp()).Open();
        var answer = rows == 0 ? default : new Tensor(new float[rows * columns], 0, rows, columns, columns);

        bench.Hand(bench.Pending[0] with { Kind = MessageKind.Output, Payload = answer });

        Assert.Equal("Failed 0", bench.Last);
        Assert.StartsWith(
            $"The node 'node-7' answered [{rows}, {columns}] as Output of stage 'hidden', expected [10, 12]: it is of another version, or defective.",
            bench.Reports[^1].Detail,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_that_come_twice_or_of_an_older_term_change_nothing()
    {
        using var bench = new CoordinatorBench(Networks.Mlp()) { Term = 4 }.Open();
        var output = bench.Pending[0] with { Kind = MessageKind.Output, Payload = new Tensor(new float[120], 0, 10, 12, 12) };

        Assert.Empty(bench.Hand(output with { Term = new Term(4) }));
        Assert.NotEmpty(bench.Hand(output));
        Assert.Empty(bench.Hand(output));
        Assert.Empty(bench.Hand(output with { Term = new Term(4) }));
    }

    [Fact]
    public void No_step_begins_that_the_client_takes_no_report_of()
    {
        using var bench = new CoordinatorBench(Networks.Mlp()).Open(credits: 2);
        bench.AnswerAll();
        Assert.Equal("StepDone 2", bench.Last);

        bench.Tell(MessageKind.Continue, 1);
        bench.AnswerAll();

        Assert.Equal("StepDone 3", bench.Last);
    }

    [Fact]
    public void An_evaluation_waits_for_all_commits_of_the_epoch()
    {
        using var bench = new CoordinatorBench(Networks.Mlp(), samples: 10).Open();
        bench.AnswerAll(request => request.Kind != MessageKind.Commit);
        Assert.DoesNotContain(bench.Reports, report => report.Kind == MessageKind.EpochTrained);

        bench.Answer(MessageKind.Commit, 0);
        Assert.Empty(bench.To(MessageKind.Forward, 0));
        bench.Answer(MessageKind.Commit, 1);

        Assert.Equal("EpochTrained 1", bench.Last);
        var read = Assert.Single(bench.To(MessageKind.Forward, 0));
        Assert.Equal((ReadPurpose.Evaluation, 1ul, 5), (read.Purpose, read.Step.Value, read.Vectors.Count));
    }

    [Fact]
    public void A_whole_run_reports_its_epochs_and_ends_with_a_checkpoint()
    {
        using var bench = new CoordinatorBench(Networks.Mlp(epochs: 2), samples: 15).Open();
        bench.AnswerAll();

        Assert.Equal(
            [
                "Opened 0", "StepDone 1", "StepDone 2", "EpochTrained 2", "EpochDone 2", "StepDone 3", "StepDone 4", "EpochTrained 4",
                "CheckpointDone 4", "EpochDone 4", "Finished 4",
            ],
            bench.Told);
        var result = (EpochResult)bench.Reports.First(report => report.Kind == MessageKind.EpochDone).Body!;
        Assert.Equal((1, 12), (result.Epoch, result.Tested));
        Assert.Equal(4ul, bench.Manifest!.Step);
        Assert.Empty(bench.Pending);
    }

    [Fact]
    public void A_tile_that_lost_its_inputs_gets_the_step_again()
    {
        using var bench = new CoordinatorBench(Networks.Mlp()).Open();
        bench.Answer(MessageKind.Forward, 0);
        var backward = bench.Answer(MessageKind.Forward, 1)[0];
        bench.Pending.Clear();

        var again = bench.Hand(backward with { Kind = MessageKind.NeedsForward, Tile = new TileId(1) });

        Assert.Equal([MessageKind.Forward, MessageKind.Backward, MessageKind.Commit], again.Select(request => request.Kind));
        Assert.All(again, request => Assert.Equal((backward.ReplyTo, 1ul), (request.ReplyTo, request.Step.Value)));
        bench.Answer(MessageKind.Forward, 1);
        bench.Answer(MessageKind.Backward, 1);
        Assert.Equal("StepDone 1", bench.Last);
    }

    [Fact]
    public void A_run_ends_after_the_step_that_it_was_told()
    {
        using var bench = new CoordinatorBench(Networks.Mlp(), change: settings => settings with { EndAfter = 3 }).Open();
        bench.AnswerAll();

        Assert.Equal("Stopped 3", bench.Last);
        Assert.Equal(3ul, bench.Manifest!.Step);
        Assert.DoesNotContain("StepDone 4", bench.Told);
    }

    [Fact]
    public void A_stop_ends_the_run_at_the_step_boundary_with_a_checkpoint()
    {
        using var bench = new CoordinatorBench(Networks.Mlp()).Open();
        bench.Answer(MessageKind.Forward, 0);
        bench.Tell(MessageKind.Stop);
        bench.AnswerAll();

        Assert.Equal(["Opened 0", "StepDone 1", "CheckpointDone 1", "Stopped 1"], bench.Told);
        Assert.Equal(1ul, bench.Manifest!.Step);
    }

    [Fact]
    public void A_stop_ends_an_evaluation_at_the_next_chunk()
    {
        using var bench = new CoordinatorBench(Networks.Mlp(), samples: 10).Open();
        bench.AnswerAll(request => request.Purpose != ReadPurpose.Evaluation || request.Kind != MessageKind.Forward);
        Assert.Equal("EpochTrained 1", bench.Last);
        bench.Tell(MessageKind.Stop);
        bench.AnswerAll();

        Assert.Equal("Stopped 1", bench.Last);
        Assert.DoesNotContain(bench.Reports, report => report.Kind == MessageKind.EpochDone);
    }
}
