using Tessera.Kernels.Configuration;
using Tessera.Kernels.Inference;

namespace Tessera.Kernels.Forward;

/// <summary>
/// Columns with the resistance of their wires, one column and one time step at a time: the plain reading of spec forward, section 10, with the
/// same written order of sums as <see cref="IrDropSolver"/>, which equals it bit for bit.
/// </summary>
public static class IrDropReference
{
    /// <summary>The product of one part of an input.</summary>
    /// <param name="io">Read-out.</param>
    /// <param name="weights">[outputs, inputs].</param>
    /// <param name="x">[inputs] what a phase sends.</param>
    /// <param name="times">Points in time.</param>
    /// <param name="physicalRows">Rows of a physical column; 0 takes the inputs.</param>
    public static float[] Read(IOParametersIRDropT io, float[,] weights, ReadOnlySpan<float> x, ReadOnlySpan<float> times, int physicalRows)
    {
        var (outputs, inputs) = (weights.GetLength(0), weights.GetLength(1));
        var settings = new IrDropSettings(io, inputs, outputs, physicalRows);
        var largest = 0.0f;
        foreach (var weight in weights)
        {
            largest = MathF.Max(largest, MathF.Abs(weight));
        }

        var converter = SinglePairConductanceConverter.Default;
        var scale = converter.Scale(largest);
        var result = new float[outputs];
        for (var output = 0; output < outputs; output++)
        {
            // Row 0 is farthest from the ADC; the ADC of odd outputs lies at the other end.
            var rows = new CellRow[settings.Rows];
            for (var row = 0; row < rows.Length; row++)
            {
                var input = (output % 2 == 0 ? row : rows.Length - 1 - row) - settings.FirstInputRow;
                var (weight, value) = input >= 0 && input < inputs ? (weights[output, input], x[input]) : (0, 0);
                rows[row] = new CellRow(value, converter.Conductance(weight, scale), converter.Conductance(-weight, scale));
            }

            result[output] = Charge(settings, rows, times) / scale / IrDropSettings.VStep / settings.HalfLevels;
        }

        return result;
    }

    /// <summary>The currents of a column into its ADC at each time, in uA.</summary>
    internal static float[] Currents(IrDropSettings settings, CellRow[] rows, ReadOnlySpan<float> times)
    {
        var currents = new float[times.Length];
        for (var time = 0; time < times.Length; time++)
        {
            var (voltage, resistance) = Segment(settings, rows, 0, times, time);
            for (var segment = 1; segment < settings.Segments; segment++)
            {
                var (near, own) = Segment(settings, rows, segment, times, time);
                var beyond = resistance + settings.WireResistance;
                resistance = beyond * own / (beyond + own);
                voltage = ((voltage / beyond) + (near / own)) * resistance;
            }

            currents[time] = (voltage - settings.VRead) / MathF.FusedMultiplyAdd(0.5f, settings.WireResistance, resistance);
        }

        return currents;
    }

    /// <summary>The integral of the currents, as the ADC counts it.</summary>
    internal static float Charge(IrDropSettings settings, CellRow[] rows, ReadOnlySpan<float> times)
    {
        var currents = Currents(settings, rows, times);
        var charge = currents[0];
        for (var time = 1; time < currents.Length; time++)
        {
            charge += settings.Sums ? currents[time] : 0.5f * (currents[time - 1] + currents[time]);
        }

        return settings.Counts
            ? MathF.Truncate(charge / IrDropSettings.CounterCurrent * settings.CounterFrequency) * IrDropSettings.CounterCurrent / settings.CounterFrequency
            : charge;
    }

    /// <summary>
    /// Thevenin equivalent of a segment: driven rows from the longest pulse to the shortest and from near to far, resting ones the other way.
    /// </summary>
    private static (float Voltage, float Resistance) Segment(IrDropSettings settings, CellRow[] rows, int segment, ReadOnlySpan<float> times, int time)
    {
        var (first, end) = (segment * settings.SegmentRows, (segment + 1) * settings.SegmentRows);
        var (plus, minus, rest) = (0.0f, 0.0f, 0.0f);
        for (var pulses = times.Length; pulses > time; pulses--)
        {
            for (var row = end - 1; row >= first; row--)
            {
                if (Pulses(rows[row].Input, times) == pulses)
                {
                    plus += rows[row].Input < 0 ? rows[row].Negative : rows[row].Positive;
                    minus += rows[row].Input < 0 ? rows[row].Positive : rows[row].Negative;
                }
            }
        }

        for (var pulses = 0; pulses <= time; pulses++)
        {
            for (var row = first; row < end; row++)
            {
                rest += Pulses(rows[row].Input, times) == pulses ? rows[row].Positive + rows[row].Negative : 0;
            }
        }

        var conductance = plus + minus + rest + IrDropSettings.Leakage;
        var drive = MathF.FusedMultiplyAdd(IrDropSettings.VNegative, minus, IrDropSettings.VRest * rest);
        return (MathF.FusedMultiplyAdd(IrDropSettings.VPositive, plus, drive) / conductance, 1.0f / conductance);
    }

    private static int Pulses(float input, ReadOnlySpan<float> times)
    {
        var count = 0;
        foreach (var time in times)
        {
            count += time < IrDropSettings.PulseLength(input) ? 1 : 0;
        }

        return count;
    }

    /// <summary>One row of a column.</summary>
    /// <param name="Input">What drives it.</param>
    /// <param name="Positive">Conductance of the device for positive weights, in uS.</param>
    /// <param name="Negative">Conductance of the other one.</param>
    internal readonly record struct CellRow(float Input, float Positive, float Negative);
}
