using Tessera.Coordination.Data.Digits;
using Tessera.Coordination.Data.Files;
using Tessera.Coordination.Experiments;

namespace Tessera.Coordination.Data;

/// <summary>Brings the samples of a run into memory: draws the built-in digits or reads files, then cuts the configured ranges.</summary>
public static class DataLoader
{
    /// <summary>Loads training and test samples.</summary>
    /// <param name="config">Source, folder and ranges.</param>
    /// <param name="seed">
    /// Seed of the run. No source draws from it: files are what they are, and the built-in digits have a seed of their own, so that
    /// runs with different seeds learn the same samples.
    /// </param>
    /// <param name="threads">Threads that draw the built-in digits, 1 or more. Never changes a sample.</param>
    /// <exception cref="DataException">A file is missing, damaged or mislabelled, or a range does not fit.</exception>
    public static DataPair Load(DataConfig config, ulong seed, int threads)
    {
        _ = seed;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        if (config.Source == DataSource.Digits)
        {
            var train = DigitsSet.Draw(DigitsSplit.Train, threads);
            var test = DigitsSet.Draw(DigitsSplit.Test, threads);
            return SplitRanges.Cut("built-in digits", new RawSplits(Raw(train), Raw(test)), config);
        }

        var folder = config.Folder
            ?? throw new DataException($"Data source '{config.Source}' needs a folder. Set data.folder or give --data FOLDER.");
        if (!Directory.Exists(folder))
        {
            throw new DataException(File.Exists(folder)
                ? $"Data folder '{folder}' is a file; expected the folder that holds the data files. Give its parent folder."
                : $"Data folder '{folder}' does not exist. Check the path.");
        }

        var splits = config.Source switch
        {
            DataSource.Idx => IdxReader.Read(folder),
            DataSource.Csv => CsvReader.Read(folder),
            DataSource.Npy => NpyReader.Read(folder),
            _ => throw new ArgumentOutOfRangeException(nameof(config), config.Source, "Unknown data source."),
        };
        return SplitRanges.Cut(folder, splits, config);
    }

    private static RawSamples Raw(ByteSamples digits) => new(digits, "digits", ImagePooling.Square(DigitsGenerator.Pixels));

    /// <summary>Kind of the files in a folder, by their usual names: IDX before NPY before CSV.</summary>
    /// <exception cref="DataException">The folder does not exist or holds no file of a known name.</exception>
    public static DataSource DetectSource(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DataException($"Data folder '{folder}' does not exist. Check the path.");
        return IdxReader.Recognises(folder) ? DataSource.Idx
            : NpyReader.Recognises(folder) ? DataSource.Npy
            : CsvReader.Recognises(folder) ? DataSource.Csv
            : throw SplitRanges.NothingFound(folder);
    }
}
