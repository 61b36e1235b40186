using System.Runtime.Intrinsics;
using Tessera.Kernels.Numerics;

namespace Tessera.Kernels.Forward;

/// <summary>Cuts the part of a phase out of a prepared input row. Divisions by powers of two and remainders are exact.</summary>
internal static unsafe class InputParts
{
    /// <summary>Fills a row with the part of a phase.</summary>
    public static void Select(ReadoutPlan plan, ReadoutPhase phase, float* row, int stride, float* part)
    {
        switch (phase.Part)
        {
            case InputPart.Negative:
                SelectSign(row, stride, isNegative: true, part);
                break;
            case InputPart.Positive:
                SelectSign(row, stride, isNegative: false, part);
                break;
            case InputPart.Whole:
                new ReadOnlySpan<float>(row, stride).CopyTo(new Span<float>(part, stride));
                break;
            default:
                SelectBits(plan, phase, row, stride, part);
                break;
        }
    }

    private static void SelectSign(float* row, int stride, bool isNegative, float* part)
    {
        var zero = Vector512<float>.Zero;
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var values = Vector512.Load(row + column);
            var belongs = isNegative ? Vector512.LessThan(values, zero) : Vector512.GreaterThan(values, zero);
            Vector512.ConditionalSelect(belongs, values, zero).Store(part + column);
        }
    }

    private static void SelectBits(ReadoutPlan plan, ReadoutPhase phase, float* row, int stride, float* part)
    {
        var width = Vector512.Create(plan.LevelWidth);
        var modulus = Vector512.Create((float)(1 << (phase.Part == InputPart.Bit ? 1 : phase.Shift)));
        var divisor = Vector512.Create((float)(1 << (phase.Part == InputPart.LowBits ? 0 : phase.Shift)));
        for (var column = 0; column < stride; column += Lanes.Count)
        {
            var levels = Vector512.Load(row + column) / width;
            levels = plan.HasWholeLevels ? Vector512.Round(levels) : levels;
            if (phase.Part == InputPart.HighBits || (phase.Part == InputPart.Bit && phase.Shift > 0))
            {
                levels = Vector512.Truncate(levels / divisor);
            }

            if (phase.Part != InputPart.HighBits)
            {
                levels -= modulus * Vector512.Truncate(levels / modulus);
            }

            (levels * width).Store(part + column);
        }
    }
}
