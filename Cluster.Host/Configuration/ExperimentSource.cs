namespace Tessera.Host.Configuration;

/// <summary>Everything that says which experiment to run: the file and what the command line sets over it.</summary>
internal sealed record ExperimentSource
{
    /// <summary>Name under which runs of the built-in experiment are kept.</summary>
    public const string BuiltInName = "digits-mlp";

    /// <summary>Experiment file; null is the built-in digits experiment.</summary>
    public string? File { get; init; }

    /// <summary>Texts <c>a.b=c</c> in the order given; later ones win.</summary>
    public IReadOnlyList<string> Sets { get; init; } = [];

    /// <summary>Run seed as written, or null.</summary>
    public string? Seed { get; init; }

    /// <summary>Micro-batch size as written, or null.</summary>
    public string? MicroBatch { get; init; }

    /// <summary>Folder of data files that takes the place of the experiment's data, or null.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Name of the experiment: the file's, without folder and extension.</summary>
    public string Name => File is null ? BuiltInName : Path.GetFileNameWithoutExtension(File);
}
