namespace Tessera.Coordination.Data.Files;

/// <summary>Samples as a file holds them.</summary>
/// <param name="Samples">All samples of the file.</param>
/// <param name="LabelsFile">File that holds the labels, for messages.</param>
/// <param name="Image">Shape of every sample, or null where the file has none.</param>
internal sealed record RawSamples(SampleSet Samples, string LabelsFile, ImageShape? Image = null);

/// <summary>Shape of an image of one channel.</summary>
/// <param name="Rows">Pixels from top to bottom.</param>
/// <param name="Columns">Pixels from left to right.</param>
internal readonly record struct ImageShape(int Rows, int Columns);

/// <summary>What a folder holds; one of the two may be absent.</summary>
/// <param name="Train">Training file.</param>
/// <param name="Test">Test file.</param>
internal sealed record RawSplits(RawSamples? Train, RawSamples? Test);
