using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>Classification by the largest output.</summary>
internal static class Accuracy
{
    /// <summary>How many samples have their largest output at the label; of equal outputs the first counts.</summary>
    public static int Correct(in Tensor output, ReadOnlySpan<int> labels)
    {
        var correct = 0;
        for (var row = 0; row < output.Rows; row++)
        {
            var values = output.Row(row);
            var best = 0;
            for (var column = 1; column < values.Length; column++)
            {
                best = values[column] > values[best] ? column : best;
            }

            correct += best == labels[row] ? 1 : 0;
        }

        return correct;
    }
}
