using System.Globalization;
using Tessera.Coordination.Data;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Fitting;

/// <summary>One measurement: so many equal pulses since the one before, then a read.</summary>
/// <param name="Pulses">Pulses since the measurement before; 0 for the first.</param>
/// <param name="IsDown">Whether they lower the weight.</param>
/// <param name="Weight">What was read, in weight units.</param>
internal readonly record struct PulseReading(int Pulses, bool IsDown, double Weight);

/// <summary>A measured trace of up and down pulses. docs/devices.md describes the file.</summary>
internal sealed class PulseData
{
    /// <summary>Fewer pulses determine nothing.</summary>
    private const int ReadingsMin = 10;

    private PulseData(List<PulseReading> readings, string? mapping)
    {
        Readings = readings;
        Mapping = mapping;
        Least = readings.Min(reading => reading.Weight);
        Most = readings.Max(reading => reading.Weight);
    }

    /// <summary>The measurements in order; the first only says where the device started.</summary>
    public IReadOnlyList<PulseReading> Readings { get; }

    /// <summary>How conductances became weights; null where the file holds weights.</summary>
    public string? Mapping { get; }

    /// <summary>Smallest weight read.</summary>
    public double Least { get; }

    /// <summary>Largest weight read.</summary>
    public double Most { get; }

    /// <summary>Pulses in all.</summary>
    public int Pulses => Readings.Sum(reading => reading.Pulses);

    /// <summary>A trace from measurements.</summary>
    public static PulseData Of(IEnumerable<PulseReading> readings) => new([.. readings], null);

    /// <summary>Reads a file.</summary>
    /// <exception cref="CommandLineException">There is no such file.</exception>
    /// <exception cref="DataException">It cannot be used.</exception>
    public static PulseData Read(string file)
    {
        if (Directory.Exists(file)) { throw new CommandLineException($"'{file}' is a folder; expected a CSV file with the columns pulse, direction and weight."); }
        if (!File.Exists(file)) { throw new CommandLineException($"There is no file '{file}'; expected a CSV file with the columns pulse, direction and weight."); }
        List<PulseReading> readings = [];
        (int Pulse, int Direction, int Value, bool IsConductance)? columns = null;
        long pulse = 0;
        int line = 0;
        foreach (string text in File.ReadLines(file))
        {
            line++;
            if (text.Length == 0 || text[0] == '#' || string.IsNullOrWhiteSpace(text)) { continue; }
            string[] cells = [.. text.Split(',').Select(cell => cell.Trim())];
            if (columns is null)
            {
                columns = Header(file, line, cells);
                continue;
            }

            readings.Add(Row(file, line, cells, columns.Value, readings.Count == 0, ref pulse));
        }

        if (readings.Count < ReadingsMin) { throw new DataException($"{file}: has {readings.Count} measurements; expected {ReadingsMin} or more, of up and of down pulses."); }
        if (readings.Skip(1).All(reading => reading.IsDown) || readings.Skip(1).All(reading => !reading.IsDown))
        {
            throw new DataException($"{file}: all pulses have one direction; expected up and down pulses, since a device has a step for each.");
        }

        return columns!.Value.IsConductance ? Mapped(readings, file) : Checked(new PulseData(readings, null), file);
    }

    private static (int, int, int, bool) Header(string file, int line, string[] cells)
    {
        int Find(params string[] names) => Array.FindIndex(cells, cell => names.Contains(cell, StringComparer.OrdinalIgnoreCase));
        int pulse = Find("pulse");
        int direction = Find("direction");
        int weight = Find("weight");
        int conductance = Find("conductance");
        return pulse >= 0 && direction >= 0 && (weight >= 0 || conductance >= 0)
            ? (pulse, direction, weight >= 0 ? weight : conductance, weight < 0)
            : throw new DataException(
                $"{file}:{line}: saw the columns {string.Join(", ", cells)}; expected a first line that names pulse, direction and weight (or conductance), "
                + "such as 'pulse,direction,weight'.");
    }

    private static PulseReading Row(string file, int line, string[] cells, (int Pulse, int Direction, int Value, bool) columns, bool isFirst, ref long before)
    {
        int last = Math.Max(columns.Pulse, Math.Max(columns.Direction, columns.Value));
        if (cells.Length <= last) { throw new DataException($"{file}:{line}: has {cells.Length} values; expected at least {last + 1}, one for each column of the first line."); }
        if (!long.TryParse(cells[columns.Pulse], NumberStyles.None, CultureInfo.InvariantCulture, out long pulse) || pulse > int.MaxValue || (!isFirst && pulse <= before))
        {
            string expected = isFirst ? "a whole number of pulses given so far" : $"a whole number above {before}, that of the row before";
            throw new DataException($"{file}:{line}: pulse: saw '{cells[columns.Pulse]}', expected {expected}.");
        }

        if (!double.TryParse(cells[columns.Value], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
        {
            throw new DataException($"{file}:{line}: saw '{cells[columns.Value]}', expected a finite number.");
        }

        bool? isDown = cells[columns.Direction].ToLowerInvariant() switch
        {
            "up" or "+1" or "1" => false,
            "down" or "-1" => true,
            "" or "0" or "none" when isFirst => false,
            _ => null,
        };
        if (isDown is null)
        {
            throw new DataException($"{file}:{line}: direction: saw '{cells[columns.Direction]}', expected up or down (or 1 and -1; the first row may say none).");
        }

        int pulses = isFirst ? 0 : (int)(pulse - before);
        before = pulse;
        return new PulseReading(pulses, isDown.Value, value);
    }

    private static PulseData Mapped(List<PulseReading> readings, string file)
    {
        double least = readings.Min(reading => reading.Weight);
        double most = readings.Max(reading => reading.Weight);
        if (!(most > least)) { throw new DataException($"{file}: every conductance is {least}; expected pulses that change it."); }
        double scale = 2 / (most - least);
        return new PulseData(
            [.. readings.Select(reading => reading with { Weight = ((reading.Weight - least) * scale) - 1 })],
            string.Create(CultureInfo.InvariantCulture, $"conductances from {least:G6} to {most:G6} became weights from -1 to 1"));
    }

    private static PulseData Checked(PulseData data, string file)
    {
        if (!(data.Most > data.Least)) { throw new DataException($"{file}: every weight is {data.Least}; expected pulses that change it."); }
        return data.Least <= 0 && data.Most >= 0
            ? data
            : throw new DataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{file}: the weights run from {data.Least:G6} to {data.Most:G6}; expected 0 between them. Name the column 'conductance' to have it mapped to -1 to 1."));
    }
}
