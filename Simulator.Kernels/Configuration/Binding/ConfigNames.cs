using System.Text;

namespace Tessera.Kernels.Configuration.Binding;

/// <summary>Spelling of names: C# properties are written in snake_case in files, and a near miss finds the name that was meant.</summary>
public static class ConfigNames
{
    /// <summary>The snake_case of a C# name: <c>DwMin</c> is <c>dw_min</c>, <c>WMaxDtod</c> is <c>w_max_dtod</c>.</summary>
    public static string ToSnakeCase(string name)
    {
        StringBuilder text = new(name.Length + 8);
        for (int index = 0; index < name.Length; index++)
        {
            char letter = name[index];
            bool startsWord = char.IsUpper(letter) && index > 0
                && (!char.IsUpper(name[index - 1]) || (index + 1 < name.Length && char.IsLower(name[index + 1])));
            if (startsWord) { text.Append('_'); }
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    /// <summary>A name without underscores, hyphens and case, in which aihwkit's two spellings of an enumeration value are the same.</summary>
    public static string Fold(string name)
    {
        StringBuilder text = new(name.Length);
        foreach (char letter in name)
        {
            if (letter is not ('_' or '-')) { text.Append(char.ToLowerInvariant(letter)); }
        }

        return text.ToString();
    }

    /// <summary>The candidate with the fewest typing errors from the name seen, or null if none is near.</summary>
    public static string? Nearest(string seen, IEnumerable<string> candidates)
    {
        string folded = Fold(seen);
        string? best = null;
        int bestDistance = Math.Max(2, folded.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            int distance = EditDistance(folded, Fold(candidate));
            if (distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return best;
    }

    /// <summary><c>Did you mean 'x'?</c> with a leading space, or the list of what is known.</summary>
    public static string Suggest(string seen, IReadOnlyCollection<string> candidates)
    {
        string? nearest = Nearest(seen, candidates);
        return nearest is null ? $" Known: {string.Join(", ", candidates)}." : $" Did you mean '{nearest}'?";
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.</summary>
    public static int EditDistance(string from, string to)
    {
        int[,] cost = new int[from.Length + 1, to.Length + 1]; // [letters of from][letters of to]
        for (int row = 0; row <= from.Length; row++) { cost[row, 0] = row; }
        for (int column = 0; column <= to.Length; column++) { cost[0, column] = column; }
        for (int row = 1; row <= from.Length; row++)
        {
            for (int column = 1; column <= to.Length; column++)
            {
                int replaced = cost[row - 1, column - 1] + (from[row - 1] == to[column - 1] ? 0 : 1);
                int best = Math.Min(replaced, Math.Min(cost[row - 1, column], cost[row, column - 1]) + 1);
                bool swapped = row > 1 && column > 1 && from[row - 1] == to[column - 2] && from[row - 2] == to[column - 1];
                cost[row, column] = swapped ? Math.Min(best, cost[row - 2, column - 2] + 1) : best;
            }
        }

        return cost[from.Length, to.Length];
    }
}
