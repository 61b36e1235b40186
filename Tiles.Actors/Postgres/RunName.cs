using Tessera.Actors.Stores;
using Tessera.Protocol.Messages;

namespace Tessera.Actors.Postgres;

/// <summary>Names of runs that share a database.</summary>
internal static class RunName
{
    private const int LengthMax = 100;

    /// <summary>Checks a name.</summary>
    /// <exception cref="StoreException">It cannot be one.</exception>
    public static string Require(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= LengthMax && char.IsAsciiLetterOrDigit(name[0])
            && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
            ? name
            : throw new StoreException(
                Refusal.Unfit,
                $"'{name}' cannot name a run; expected 1 to {LengthMax} letters, digits, '-', '_' or '.', a letter or digit first.");
    }
}
