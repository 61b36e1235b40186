using System.Security.Cryptography;
using Tessera.Coordination.Data;
using Tessera.Coordination.Data.Digits;
using Tessera.Coordination.Experiments;

namespace Tessera.Coordination.Tests.Data;

[Collection(DigitsCollection.Name)]
public class DigitsGeneratorTests(DigitsFixture digits)
{
    /// <summary>Changes only with a deliberate change of the drawing or of the addresses of its draws.</summary>
    private const string FirstHundredSha256 = "d97387136111829933c5d162d15b33bf27b69e738327eb6cf0f3a62385a36b24";

    [Fact]
    public void The_sets_have_their_sizes_and_all_classes_in_equal_shares()
    {
        Assert.Equal((60_000, 10_000), (digits.Data.Train.Count, digits.Data.Test.Count));
        Assert.Equal((784, 10, 784, 10), (digits.Data.Train.Features, digits.Data.Train.Classes, digits.Data.Test.Features, digits.Data.Test.Classes));
        foreach (var set in new[] { digits.Data.Train, digits.Data.Test })
        {
            var counts = new int[10];
            for (var i = 0; i < set.Count; i++)
            {
                counts[set.Label(i)]++;
            }

            var deviation = Math.Sqrt(set.Count * 0.09);
            Assert.All(counts, count => Assert.InRange(count, (set.Count * 0.1) - (6 * deviation), (set.Count * 0.1) + (6 * deviation)));
        }
    }

    [Fact]
    public void A_sample_is_a_function_of_split_and_index_whatever_the_run_and_its_threads()
    {
        var other = DataLoader.Load(new DataConfig(), seed: 99, threads: 5);
        var pixels = new byte[784];
        for (var index = 0; index < 10_000; index += 97)
        {
            Assert.Equal(DigitsGenerator.Draw(DigitsSplit.Test, index, pixels), digits.Data.Test.Label(index));
            Assert.Equal(pixels, ((ByteSamples)digits.Data.Test).Pixels(index).ToArray());
            Assert.Equal(pixels, ((ByteSamples)other.Test).Pixels(index).ToArray());
        }

        Assert.NotEqual(((ByteSamples)digits.Data.Train).Pixels(0).ToArray(), ((ByteSamples)digits.Data.Test).Pixels(0).ToArray());
    }

    [Fact]
    public void The_first_hundred_samples_have_their_pinned_bytes()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var pixels = new byte[784];
        for (var index = 0; index < 100; index++)
        {
            var label = DigitsGenerator.Draw(DigitsSplit.Train, index, pixels);
            hash.AppendData([(byte)label]);
            hash.AppendData(pixels);
        }

        Assert.Equal(FirstHundredSha256, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void Digits_are_ink_on_paper_within_the_canvas()
    {
        var inked = 0L;
        var border = 0;
        for (var index = 0; index < 2000; index++)
        {
            var pixels = ((ByteSamples)digits.Data.Train).Pixels(index);
            var full = 0;
            for (var pixel = 0; pixel < 784; pixel++)
            {
                inked += pixels[pixel] != 0 ? 1 : 0;
                full += pixels[pixel] > 100 ? 1 : 0;
                border += pixels[pixel] > 100 && (pixel % 28 is 0 or 27 || pixel / 28 is 0 or 27) ? 1 : 0;
            }

            Assert.InRange(full, 12, 400);
        }

        Assert.InRange(inked / (2000.0 * 784), 0.10, 0.25); // MNIST: 0.19
        Assert.InRange(border / 2000.0, 0, 1.0); // bold border pixels per image: digits stay on the paper
    }

    [Fact]
    public void Ranges_cut_the_built_in_sets()
    {
        var data = DataLoader.Load(new DataConfig { Train = "10..19", Test = "0..4" }, 1, 2);
        Assert.Equal((10, 5), (data.Train.Count, data.Test.Count));
        Assert.Equal(digits.Data.Train.Label(13), data.Train.Label(3));
    }
}

/// <summary>The built-in digits, drawn once for all tests that read them.</summary>
public sealed class DigitsFixture
{
    public DataPair Data { get; } = DataLoader.Load(new DataConfig(), seed: 1, threads: 2);
}

[CollectionDefinition(Name)]
public sealed class DigitsCollection : ICollectionFixture<DigitsFixture>
{
    public const string Name = "digits";
}
