using Tessera.Coordination.Data;
using Tessera.Coordination.Experiments;
using static Tessera.Coordination.Tests.Data.DataFolder;

namespace Tessera.Coordination.Tests.Data;

public class NpyReaderTests
{
    private static readonly byte[] ThreeLabels = Npy(NpyHeader("<i8", "3,"), Bytes(0L, 1L, 2L));

    [Fact]
    public void Every_type_and_version_is_read()
    {
        Check("<f4", 1, Bytes(1f, 2f, 3f, 4f, 5f, -6f), -6f);
        Check("<f8", 2, [.. new[] { 1.0, 2, 3, 4, 5, 0.1 }.SelectMany(BitConverter.GetBytes)], 0.1f);
        Check("|u1", 3, [1, 2, 3, 4, 5, 51], 51 / 255f);
        Check("<i4", 1, [.. new[] { 1, 2, 3, 4, 5, -7 }.SelectMany(BitConverter.GetBytes)], -7f);
        Check("<i8", 2, Bytes(1L, 2, 3, 4, 5, 8), 8f);

        static void Check(string type, byte version, byte[] values, float last)
        {
            using var folder = new DataFolder()
                .With("x_train.npy", Npy(NpyHeader(type, "3, 1, 2"), values, version))
                .With("y_train.npy", Npy(NpyHeader("|u1", "3,"), [0, 2, 1]));
            var data = folder.Load(DataSource.Npy, "0..1", "2..2");
            Assert.Equal((2, 2, 3), (data.Train.Count, data.Train.Features, data.Train.Classes));
            Assert.Equal(last, Features(data.Test, 0)[1]);
            Assert.Equal(1, data.Test.Label(0));
            Assert.Equal(DataSource.Npy, DataLoader.DetectSource(folder.Path));
        }
    }

    [Fact]
    public void Both_pairs_are_read()
    {
        using var folder = new DataFolder()
            .With("x_train.npy", Npy(NpyHeader("<f4", "3, 1"), Bytes(1f, 2f, 3f))).With("y_train.npy", ThreeLabels)
            .With("x_test.npy", Npy(NpyHeader("<f4", "1, 1"), Bytes(9f))).With("y_test.npy", Npy(NpyHeader("<i4", "1,"), [2, 0, 0, 0]));
        var data = folder.Load(DataSource.Npy);
        Assert.Equal((3, 1, 2), (data.Train.Count, data.Test.Count, data.Test.Label(0)));
    }

    [Fact]
    public void Damaged_and_mislabelled_arrays_are_refused_with_advice()
    {
        var good = Npy(NpyHeader("<f4", "3, 1"), Bytes(1f, 2f, 3f));
        Refused(good[..^1], ThreeLabels, "x_train.npy", "11 bytes", "12 for shape (3, 1)", "truncated");
        Refused([.. good, 0], ThreeLabels, "13 bytes", "12");
        Refused("not numpy at all"u8.ToArray(), ThreeLabels, "NUMPY", "numpy.save");
        Refused([], ThreeLabels, "NUMPY");
        Refused(good[..20], ThreeLabels, "ends after 20 bytes", "whole header");
        Refused(Npy(NpyHeader("<f4", "3, 1"), Bytes(1f, 2f, 3f), 9), ThreeLabels, "version is 9.0", "1, 2 or 3");
        Refused(Npy(NpyHeader(">f4", "3, 1"), Bytes(1f, 2f, 3f)), ThreeLabels, "'>f4'", "astype");
        Refused(Npy(NpyHeader("|O", "3, 1"), Bytes(1f, 2f, 3f)), ThreeLabels, "'|O'", "<f4");
        Refused(Npy(NpyHeader("<f4", "3, 1", "True"), Bytes(1f, 2f, 3f)), ThreeLabels, "Fortran", "ascontiguousarray");
        Refused(Npy(NpyHeader("<f4", "3, 0"), []), ThreeLabels, "(3, 0)", "from 1 up");
        Refused(Npy(NpyHeader("<f4", "99999, 99999"), []), ThreeLabels, "(99999, 99999)", "2^31");
        Refused(Npy("{'descr': '<f4', 'fortran_order': False, }", Bytes(1f)), ThreeLabels, "no shape");
        Refused(Npy(NpyHeader("<f4", "3,"), Bytes(1f, 2f, 3f)), ThreeLabels, "(3)", "[samples, features]", "Reshape");
        Refused(Npy(NpyHeader("<f4", "3, 1"), Bytes(1f, float.NaN, 3f)), ThreeLabels, "sample 1, feature 0", "NaN", "finite");
        Refused(Npy(NpyHeader("<f8", "1, 2"), [.. BitConverter.GetBytes(1.0), .. BitConverter.GetBytes(1e300)]), Npy(NpyHeader("|u1", "1,"), [0]), "feature 1");
        Refused(good, Npy(NpyHeader("|u1", "2,"), [0, 1]), "y_train.npy", "(2)", "(3,), one label for each sample");
        Refused(good, Npy(NpyHeader("<i8", "3,"), Bytes(0L, -1L, 2L)), "label 1 is -1", "whole number");
        Refused(good, Npy(NpyHeader("<f4", "3,"), Bytes(0f, 0.5f, 2f)), "label 1 is 0.5");

        static void Refused(byte[] features, byte[] labels, params string[] parts)
        {
            using var folder = new DataFolder().With("x_train.npy", features).With("y_train.npy", labels);
            folder.AssertRefused(DataSource.Npy, "0..1", "2..2", parts);
        }
    }
}
