using Tessera.Coordination.Data;

namespace Tessera.Coordination.Tests.Support;

/// <summary>Samples from a formula: class k has its largest features where feature mod classes is k.</summary>
internal sealed class TinySamples(int count, int features, int classes) : SampleSet
{
    public override int Count => count;

    public override int Features => features;

    public override int Classes => classes;

    public static DataPair Pair(int train, int test, int features, int classes) =>
        new(new TinySamples(train, features, classes), new TinySamples(test, features, classes));

    public override int Label(int index) => ((index * 7) + (index / 3)) % classes;

    public override void CopyFeatures(int index, Span<float> destination)
    {
        for (var feature = 0; feature < features; feature++)
        {
            var signal = feature % classes == Label(index) ? 0.8f : 0f;
            destination[feature] = signal + (0.2f * MathF.Abs(MathF.Sin((index * 12.9898f) + (feature * 78.233f))));
        }
    }
}
