using System.Globalization;

namespace Tessera.Host.CommandLine;

/// <summary>The value of an option that is a whole number.</summary>
internal static class WholeNumber
{
    /// <summary>The number given, or the default.</summary>
    /// <param name="option">Name of the option, for the message.</param>
    /// <param name="text">What was given, or null.</param>
    /// <param name="otherwise">Taken where nothing was given.</param>
    /// <param name="most">Largest number.</param>
    /// <param name="least">Smallest number. Default 1.</param>
    /// <param name="advice">What the message says after the range. Default nothing.</param>
    /// <exception cref="CommandLineException">It is no number of that range.</exception>
    public static int Read(string option, string? text, int otherwise, int most, int least = 1, string advice = "")
    {
        if (text is null) { return otherwise; }
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new CommandLineException($"{option}: saw '{text}', expected a whole number from {least} to {most}{advice}.");
    }
}
