using System.Globalization;
using System.Runtime.Intrinsics.X86;
using Tessera.Host.Faults;

namespace Tessera.Host.Tests.Reproducibility;

/// <summary>
/// The promise in one test: vary one factor at a time from (1 thread, whole micro-batch, the widest vector path) and the hash of the trained
/// network stays the same, for every device, with all the noise on. Every run is a process of its own and reports the path it used.
/// </summary>
public sealed class SameBitsTests : IClassFixture<SameBitsTests.Baselines>
{
    private readonly Baselines _baselines;

    public SameBitsTests(Baselines baselines) => _baselines = baselines;

    /// <summary>Devices times factors.</summary>
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var device in new[] { "ConstantStepDevice", "LinearStepDevice", "SoftBoundsDevice", "IdealDevice", "FloatingPoint", "InputRange", "AGAD", "MixedPrecision" })
        {
            foreach (var factor in Factors.Keys)
            {
                cases.Add(device, factor);
            }
        }

        // The paths of the processor are compared device by device in the tests of the kernels; here each family meets the promise as a whole.
        foreach (var device in new[]
        {
            "SoftBoundsReferenceDevice", "ExpStepDevice", "PowStepDevice", "PowStepReferenceDevice", "PiecewiseStepDevice", "HiddenStepDevice", "ReRamESPresetDevice",
            "TikiTaka", "OneSided", "Half", "HalfByChance", "HalfAGAD",
        })
        {
            foreach (var factor in new[] { "threads 2", "micro-batch 3", "avx2", "scalar, no intrinsics" })
            {
                cases.Add(device, factor);
            }
        }

        return cases;
    }

    private static Dictionary<string, Factor> Factors { get; } = new()
    {
        ["threads 2"] = new Factor(Threads: 2),
        ["threads 8"] = new Factor(Threads: 8),
        ["micro-batch 1"] = new Factor(MicroBatch: 1),
        ["micro-batch 3"] = new Factor(MicroBatch: 3),
        ["avx2"] = new Factor(Variable: "DOTNET_EnableAVX512", Path: "avx2"),
        ["scalar, no AVX2"] = new Factor(Variable: "DOTNET_EnableAVX2", Path: "scalar"),
        ["scalar, no intrinsics"] = new Factor(Variable: "DOTNET_EnableHWIntrinsic", Path: "scalar"),
    };

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Hash_does_not_depend_on(string device, string factor)
    {
        var f = Factors[factor];
        Skip.If(f.Path == "avx2" && !Avx2.IsSupported, "skipped: this processor has no AVX2");
        Skip.If(f.Path == "avx2" && !Avx512F.IsSupported, "skipped: this processor has no AVX-512, AVX2 is the baseline already");

        var (baselineHash, baselinePath) = _baselines.Of(device);
        var varied = _baselines.Train(device, f);

        Assert.Equal(f.Path ?? baselinePath, varied.Value("numerics"));
        Assert.Equal(baselineHash, varied.Value("hash"));
    }

    [Fact]
    public void Another_seed_gives_another_hash()
    {
        var (baselineHash, _) = _baselines.Of("ConstantStepDevice");

        Assert.NotEqual(baselineHash, _baselines.Train("ConstantStepDevice", new Factor(), seed: 6).Value("hash"));
    }

    /// <summary>
    /// A change of these hashes is a change of somebody's results: raise <c>NumericsVersion.Current</c>, say why in docs/numerics.md, and only then
    /// pin the new ones.
    /// </summary>
    [Theory]
    [InlineData("ConstantStepDevice", "054ac761d9f6771f9692d57529afb90abd1b053f")]
    [InlineData("LinearStepDevice", "54d47414d67bbac4252d44d72a272963d0a85bd4")]
    [InlineData("SoftBoundsDevice", "0095d0584e84951672eb33b61c4a599e790d5887")]
    [InlineData("SoftBoundsReferenceDevice", "6fd96dccfb60fbe4f46970ac22cb033354681e1c")]
    [InlineData("ExpStepDevice", "8d3944dfe17b570743701bbbf37853adb1842c4a")]
    [InlineData("PowStepDevice", "1180b5a2944197d94c0bcbafe0e6223160252cce")]
    [InlineData("PowStepReferenceDevice", "1180b5a2944197d94c0bcbafe0e6223160252cce")]
    [InlineData("PiecewiseStepDevice", "2e7e86e4e5b44ff1587f72a5c7c64467ded7af10")]
    [InlineData("HiddenStepDevice", "5fc23a235593f2c9850bc7060c7a34fd1f57cc8c")]
    [InlineData("ReRamESPresetDevice", "8dbcfc935d83190e2999439efd88aae0f5db6c5e")]
    [InlineData("AGAD", "fdd23a9efa23d0a9da664c63ae766bcc7e44ae5a")]
    [InlineData("MixedPrecision", "93fe53d9fee250c4c685956b6d7d7985c4d76759")]
    [InlineData("TikiTaka", "bc2ea3ce6a3536a62f8957a61b85d2889df962a0")]
    [InlineData("OneSided", "0a4262984a663e9f08fbec17e593efe4b195fc67")]
    [InlineData("IdealDevice", "fbc9694c3c460c5d9dbb08d685526f67ddaa3c51")]
    [InlineData("FloatingPoint", "d469f6e07e81db8a7517ef7d965abcdda859fc1e")]
    [InlineData("InputRange", "f1350e909ca98e205c282df1d335ee5521612304")]
    [InlineData("Half", "4d85acf9d6df968152f2bc7c9deb5299cab40441")]
    [InlineData("HalfByChance", "747a73d051b3d5754b56fe8f4aef7e8071f51d6f")]
    [InlineData("HalfAGAD", "b28c8d98b0a294e51387aa4bc5fe37ebcdd5ec5a")]
    public void Trained_bits_are_the_pinned_ones(string device, string firstDigits)
    {
        Assert.StartsWith(firstDigits, _baselines.Of(device).Hash, StringComparison.Ordinal);
    }

    /// <summary>What differs from the baseline run.</summary>
    private sealed record Factor(int Threads = 1, int MicroBatch = 10, string? Variable = null, string? Path = null);

    /// <summary>The data set, the experiment files and the hash of each device's baseline.</summary>
    public sealed class Baselines : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("tessera-bits").FullName;
        private readonly Dictionary<string, (string Hash, string Path)> _known = [];
        private int _runs;

        public Baselines()
        {
            SmallExperiment.WriteSamples(_folder);
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);

        internal (string Hash, string Path) Of(string device)
        {
            lock (_known)
            {
                if (!_known.TryGetValue(device, out var known))
                {
                    var run = Train(device, new Factor());
                    known = (run.Value("hash"), run.Value("numerics"));
                    _known.Add(device, known);
                }

                return known;
            }
        }

        internal ProcessResult Train(string device, object factor, int seed = 5)
        {
            var f = (Factor)factor;
            var environment = new Dictionary<string, string>();
            if (f.Variable is not null)
            {
                environment[f.Variable] = "0";
            }

            var run = TesseraCommand.Run(
                environment,
                "train",
                SmallExperiment.Write(_folder, device),
                "--seed",
                seed.ToString(CultureInfo.InvariantCulture),
                "--threads",
                f.Threads.ToString(CultureInfo.InvariantCulture),
                "--set",
                $"training.micro_batch_size={f.MicroBatch}",
                "--run-dir",
                Path.Combine(_folder, $"run{Interlocked.Increment(ref _runs)}"));
            Assert.True(run.ExitCode == 0, run.Output + run.Error);
            return run;
        }
    }
}
