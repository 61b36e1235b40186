using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Forward;

/// <summary>
/// The devices of all columns whose ADC lies at the same end: conductances in uS as [row * stride + column], row 0 farthest from the ADC. Even outputs
/// are read at one end and odd ones at the other, where the rows come in the opposite order.
/// </summary>
/// <param name="settings">Geometry.</param>
/// <param name="isOdd">Whether these are the odd outputs.</param>
internal sealed unsafe class IrDropColumns(IrDropSettings settings, bool isOdd) : IDisposable
{
    private readonly NativeBuffer<float> _positive = new((long)settings.Rows * StrideOf(settings, isOdd));
    private readonly NativeBuffer<float> _negative = new((long)settings.Rows * StrideOf(settings, isOdd));
    private readonly int[] _order = new int[settings.Rows]; // by segment, then by the end of the pulse, then from far to near
    private readonly int[] _pulses = new int[settings.Rows]; // [place in _order]: time points at which the row is driven
    private readonly bool[] _isNegative = new bool[settings.Rows]; // [place in _order]

    /// <summary>Columns.</summary>
    public int Count { get; } = CountOf(settings, isOdd);

    public int Stride { get; } = StrideOf(settings, isOdd);

    /// <summary>Output of a column.</summary>
    public int OutputOf(int column) => (2 * column) + (isOdd ? 1 : 0);

    public long Bytes => _positive.Bytes + _negative.Bytes + (settings.Rows * ((2L * sizeof(int)) + 1));

    /// <summary>Conductances of the devices for positive weights in the row at a place of the order.</summary>
    public float* Positive(int place) => _positive.Pointer + ((nint)_order[place] * Stride);

    public float* Negative(int place) => _negative.Pointer + ((nint)_order[place] * Stride);

    public int Pulse(int place) => _pulses[place];

    public bool IsNegative(int place) => _isNegative[place];

    /// <summary>Input that drives a row, or -1 where the row has none.</summary>
    public static int InputOf(IrDropSettings settings, bool isOdd, int row)
    {
        var input = (isOdd ? settings.Rows - 1 - row : row) - settings.FirstInputRow;
        return input >= 0 && input < settings.InSize ? input : -1;
    }

    /// <summary>Converts weights to conductances.</summary>
    /// <param name="weights">[output * stride + input].</param>
    /// <param name="stride">Distance between outputs.</param>
    /// <param name="scale">uS of a weight of 1.</param>
    public void Load(ReadOnlySpan<float> weights, int stride, float scale)
    {
        for (var row = 0; row < settings.Rows; row++)
        {
            var input = InputOf(settings, isOdd, row);
            var positive = _positive.Pointer + ((nint)row * Stride);
            var negative = _negative.Pointer + ((nint)row * Stride);
            for (var column = 0; column < Count; column++)
            {
                var weight = input < 0 ? 0 : weights[(OutputOf(column) * stride) + input];
                positive[column] = settings.Converter.Conductance(weight, scale);
                negative[column] = settings.Converter.Conductance(-weight, scale);
            }
        }
    }

    /// <summary>Sorts the rows of each segment by the length of their pulses, the shortest first.</summary>
    /// <param name="input">[InSize] what a phase sends.</param>
    /// <param name="times">Points in time.</param>
    /// <param name="buckets">[times + 2] working memory.</param>
    public void Sort(float* input, ReadOnlySpan<float> times, Span<int> buckets)
    {
        for (var segment = 0; segment < settings.Segments; segment++)
        {
            var first = segment * settings.SegmentRows;
            buckets.Clear();
            for (var row = first; row < first + settings.SegmentRows; row++)
            {
                buckets[PulseOf(input, row, times) + 1]++;
            }

            for (var bucket = 1; bucket < buckets.Length; bucket++)
            {
                buckets[bucket] += buckets[bucket - 1];
            }

            for (var row = first; row < first + settings.SegmentRows; row++)
            {
                var pulse = PulseOf(input, row, times);
                var place = first + buckets[pulse]++;
                var source = InputOf(settings, isOdd, row);
                (_order[place], _pulses[place], _isNegative[place]) = (row, pulse, source >= 0 && input[source] < 0);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _positive.Dispose();
        _negative.Dispose();
    }

    /// <summary>Number of time points within the pulse of a row.</summary>
    private int PulseOf(float* input, int row, ReadOnlySpan<float> times)
    {
        var source = InputOf(settings, isOdd, row);
        var magnitude = source < 0 ? 0 : IrDropSettings.PulseLength(input[source]);
        var (low, high) = (0, times.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = times[middle] < magnitude ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static int CountOf(IrDropSettings settings, bool isOdd) => (settings.OutSize + (isOdd ? 0 : 1)) / 2;

    private static int StrideOf(IrDropSettings settings, bool isOdd) => Lanes.RoundUp(CountOf(settings, isOdd));
}
