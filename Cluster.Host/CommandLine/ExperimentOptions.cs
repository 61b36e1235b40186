using System.CommandLine;
using Tessera.Host.Configuration;

namespace Tessera.Host.CommandLine;

/// <summary>The argument and options that say which experiment a command is about. Values stay text until the configuration reads them.</summary>
internal sealed class ExperimentOptions
{
    private readonly Argument<string?> _file = new("EXPERIMENT.yaml")
    {
        Description = "Experiment file; without it, the built-in digits experiment.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description = "Folder of IDX, NPY or CSV files that takes the place of the experiment's data.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _seed = new("--seed")
    {
        Description = "Seed of every random number of the run; the same as --set seed=N.",
        HelpName = "N",
    };

    private readonly Option<string?> _microBatch = new("--micro-batch")
    {
        Description = "Samples of a scheduling unit; 0 is the whole mini-batch. Never changes a bit of the result.",
        HelpName = "N",
    };

    private readonly Option<string[]> _sets = new("--set")
    {
        Description = "Any field over what the file says, repeatable, for instance --set rpu_config.device.dw_min=0.002. Items of lists by position or stage name.",
        HelpName = "a.b=c",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Adds argument and options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_file);
        command.Add(_data);
        command.Add(_seed);
        command.Add(_microBatch);
        command.Add(_sets);
    }

    /// <summary>What the user gave.</summary>
    public ExperimentSource Read(ParseResult parsed) => new()
    {
        File = parsed.GetValue(_file),
        DataFolder = parsed.GetValue(_data),
        Seed = parsed.GetValue(_seed),
        MicroBatch = parsed.GetValue(_microBatch),
        Sets = parsed.GetValue(_sets) ?? [],
    };
}
