using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Tessera.Coordination.Training;

namespace Tessera.Host.Runs;

/// <summary>A progress line for a terminal: loss, accuracy of the last epoch, samples/s and time left; a line stays for every epoch.</summary>
internal sealed class TerminalDisplay : IRunDisplay
{
    private const double LossMemory = 0.99; // weight of the past in the running mean of the loss
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole _console;
    private readonly int _epochs;
    private volatile ProgressTask? _task;
    private long _startTimestamp;
    private long _drawnTimestamp;
    private long _samplesBefore; // samples of the epochs before the current one
    private int _epoch;
    private int _samplesOfEpoch;
    private double _loss = double.NaN;
    private double _accuracy = double.NaN;

    /// <summary>Creates the display.</summary>
    /// <param name="output">The terminal.</param>
    /// <param name="epochs">Epochs of the run.</param>
    public TerminalDisplay(TextWriter output, int epochs)
    {
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        _epochs = epochs;
    }

    /// <inheritdoc/>
    public void Note(string name, string value) => WriteLine($"{name}: {value}");

    /// <inheritdoc/>
    public void Warn(string message) => WriteLine($"tessera: {message}");

    /// <summary>Makes the cursor visible again for a process that ends while the display is live. May be called from any thread.</summary>
    public void RestoreCursor() => _console.Profile.Out.Writer.WriteLine("\u001b[?25h");

    /// <inheritdoc/>
    public void Watch(Action training)
    {
        Progress progress = _console.Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new RemainingTimeColumn());
        progress.Start(context =>
        {
            _startTimestamp = Stopwatch.GetTimestamp();
            _task = context.AddTask("starting", maxValue: _epochs);
            training();
        });
        _task = null;
    }

    /// <inheritdoc/>
    public void OnStep(in StepReport r)
    {
        if (r.Epoch != _epoch)
        {
            _samplesBefore += _samplesOfEpoch;
            _epoch = r.Epoch;
        }

        _samplesOfEpoch = r.SamplesDone;
        _loss = double.IsNaN(_loss) ? r.Loss : (LossMemory * _loss) + ((1 - LossMemory) * r.Loss);
        if (_task is null || Stopwatch.GetElapsedTime(_drawnTimestamp) < RedrawInterval) { return; }
        _drawnTimestamp = Stopwatch.GetTimestamp();
        double rate = (_samplesBefore + _samplesOfEpoch) / Stopwatch.GetElapsedTime(_startTimestamp).TotalSeconds;
        string accuracy = double.IsNaN(_accuracy) ? "" : string.Create(CultureInfo.InvariantCulture, $"  accuracy {100 * _accuracy:F2} %");
        _task.Value = r.Epoch - 1 + ((double)r.SamplesDone / r.SamplesTotal);
        _task.Description = string.Create(CultureInfo.InvariantCulture, $"epoch {r.Epoch}/{_epochs}  loss {_loss:F4}{accuracy}  {rate:N0} samples/s");
    }

    /// <inheritdoc/>
    public void OnEpoch(in EpochReport r)
    {
        _accuracy = r.TestAccuracy;
        if (_task is not null) { _task.Value = r.Epoch; }
        WriteLine(EpochLine.Format(r, _epochs));
    }

    /// <summary>A line that stays. While the progress line is live it must pass through the console that redraws it; otherwise nothing may wrap it.</summary>
    private void WriteLine(string line)
    {
        if (_task is null) { _console.Profile.Out.Writer.WriteLine(line); }
        else { _console.WriteLine(line); }
    }
}
