using Tessera.Coordination.Training;
using Tessera.Host.Runs;

namespace Tessera.Host.Tests.Runs;

public sealed class TerminalDisplayTests
{
    [Fact]
    public void Every_epoch_leaves_a_line_and_a_failure_passes_through()
    {
        using StringWriter output = new();
        TerminalDisplay display = new(output, epochs: 2);
        display.Note("threads", "1");
        display.Watch(() =>
        {
            display.OnStep(new StepReport(1, 1, 10, 20, 2.5f));
            display.OnStep(new StepReport(2, 1, 20, 20, 1.5f));
            display.OnEpoch(new EpochReport(1, 2, 2.0, 0.5, 0.1f, 0.25, 80, 80e6));
        });
        Assert.Contains("threads: 1", output.ToString());
        Assert.Contains("epoch 1/2  loss 2.0000  test accuracy 50.00 %  0.25 s", output.ToString()); // longer lines wrap at the terminal's width
        Assert.Throws<TrainingException>(() => display.Watch(() => throw new TrainingException("step 3 diverged")));
    }

    [Fact]
    public void A_warning_during_training_stands_on_a_line_of_its_own()
    {
        using StringWriter output = new();
        TerminalDisplay display = new(output, epochs: 2);
        display.Warn("before");
        display.Watch(() =>
        {
            display.OnStep(new StepReport(1, 1, 10, 20, 2.5f));
            display.Warn("in between");
        });
        Assert.Contains($"tessera: before{Environment.NewLine}", output.ToString());
        Assert.Contains("tessera: in between\n", output.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void An_epoch_that_a_checkpoint_held_has_no_speed()
    {
        string line = EpochLine.Format(new EpochReport(2, 10, 0.5, 1, 0.1f, 0, 0, 0), epochs: 2);
        Assert.EndsWith("trained before", line);
        Assert.DoesNotContain("samples/s", line);
    }

    [Theory]
    [InlineData(12.3, "12.3")]
    [InlineData(4567, "4.57 k")]
    [InlineData(2.08e9, "2.08 G")]
    [InlineData(1.5e13, "15 T")]
    public void Rates_have_three_digits(double rate, string text) => Assert.Equal(text, EpochLine.Rate(rate));
}
