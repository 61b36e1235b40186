namespace Tessera.Coordination.Data.Files;

/// <summary>Samples as a file holds them.</summary>
/// <param name="Samples">All samples of the file.</param>
/// <param name="LabelsFile">File that holds the labels, for messages.</param>
internal sealed record RawSamples(SampleSet Samples, string LabelsFile);

/// <summary>What a folder holds; one of the two may be absent.</summary>
/// <param name="Train">Training file.</param>
/// <param name="Test">Test file.</param>
internal sealed record RawSplits(RawSamples? Train, RawSamples? Test);
