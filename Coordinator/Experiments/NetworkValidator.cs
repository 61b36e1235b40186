using Tessera.Coordination.Data.Digits;
using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;
using Tessera.Kernels.Digital;

namespace Tessera.Coordination.Experiments;

/// <summary>Follows the features through the stages of a network and refuses what does not fit together.</summary>
internal sealed class NetworkValidator
{
    /// <summary>Features that are not known before the data are read.</summary>
    private const int Unknown = 0;

    private readonly ExperimentConfig _config;
    private readonly ConfigProblems _problems;
    private readonly string[] _names;
    private readonly Dictionary<string, int> _features = []; // name of a stage above -> features of its output
    private readonly HashSet<string> _read = [];

    private NetworkValidator(ExperimentConfig config, ConfigProblems problems)
    {
        _config = config;
        _problems = problems;
        _names = StageNames.OfAll(config.Network.Layers);
    }

    public static void Validate(ExperimentConfig config, ConfigProblems problems)
    {
        if (config.Network.Layers.Count == 0)
        {
            problems.Add("network.layers", "saw no layers, expected at least one, for instance '- {type: AnalogLinear, in_features: 784, out_features: 10}'.");
            return;
        }

        new NetworkValidator(config, problems).Run();
    }

    private void Run()
    {
        IReadOnlyList<LayerConfig> layers = _config.Network.Layers;
        _features[StageNames.Input] = _config.Data.Source == DataSource.Digits ? DigitFeatures(_config.Data.Pool) : Unknown;
        string above = StageNames.Input;
        for (int index = 0; index < layers.Count; index++)
        {
            FieldChecks checks = new(_problems, $"network.layers.{index}");
            CheckName(index, checks);
            int inputs = ResolveInputs(layers[index], index, above, checks);
            CheckKind(layers[index], checks);
            _features[_names[index]] = OutputFeatures(layers[index], inputs, index, checks);
            above = _names[index];
        }

        CheckUnread();
        CheckLoss(layers[^1]);
    }

    /// <summary>Features of the built-in digits; unknown where they cannot be averaged like that, which is reported elsewhere.</summary>
    private static int DigitFeatures(int pool) =>
        pool >= 1 && DigitsGenerator.Side % pool == 0 ? DigitsGenerator.Pixels / (pool * pool) : Unknown;

    private void CheckName(int index, FieldChecks checks)
    {
        string name = _names[index];
        if (name.Length == 0 || name == StageNames.Input)
        {
            checks.Fail("name", $"saw '{name}', expected a name of the stage's own; '{StageNames.Input}' is the data.");
        }

        int first = Array.IndexOf(_names, name);
        if (first < index)
        {
            checks.Fail("name", $"'{name}' is already the name of stage {first + 1} at {_problems.MarkOf($"network.layers.{first}")}; give each stage a name of its own.");
        }
    }

    /// <summary>Features that arrive at a stage; <see cref="Unknown"/> after a problem, so that one mistake is reported once.</summary>
    private int ResolveInputs(LayerConfig layer, int index, string above, FieldChecks checks)
    {
        IReadOnlyList<string> inputs = layer.Inputs ?? [above];
        bool joins = layer.Type == LayerKind.Add;
        if (joins ? inputs.Count < 2 : inputs.Count != 1)
        {
            string expected = joins ? "the names of two or more stages to add" : "exactly one";
            checks.Fail("inputs", $"saw {inputs.Count} {(inputs.Count == 1 ? "name" : "names")}, expected {expected}.");
        }

        int features = Unknown;
        string? firstName = null;
        foreach (string name in inputs)
        {
            if (!_features.TryGetValue(name, out int found))
            {
                ReportUnknownInput(name, index, checks);
                continue;
            }

            _read.Add(name);
            if (features != Unknown && found != Unknown && found != features)
            {
                checks.Fail("inputs", $"'{firstName}' has {features} features and '{name}' has {found}; stages that are added need the same number.");
            }

            if (found != Unknown) { (features, firstName) = (found, name); }
        }

        return features;
    }

    private void ReportUnknownInput(string name, int index, FieldChecks checks)
    {
        if (Array.IndexOf(_names, name, index) >= 0)
        {
            checks.Fail("inputs", $"'{name}' is not above this stage; stages are evaluated from top to bottom, so a network has no cycles: move it up.");
        }
        else { checks.Fail("inputs", $"no stage is called '{name}'.{ConfigNames.Suggest(name, _features.Keys)}"); }
    }

    private static void CheckKind(LayerConfig layer, FieldChecks checks)
    {
        bool isLinear = layer.Type is LayerKind.AnalogLinear or LayerKind.Linear;
        if (isLinear)
        {
            checks.AtLeast("in_features", layer.InFeatures, 1, $"{layer.Type} needs its numbers of inputs and outputs.");
            checks.AtLeast("out_features", layer.OutFeatures, 1, $"{layer.Type} needs its numbers of inputs and outputs.");
        }
        else if (layer.InFeatures != 0 || layer.OutFeatures != 0)
        {
            checks.Fail(layer.InFeatures != 0 ? "in_features" : "out_features", $"{layer.Type} keeps the number of features of the stage above; remove the line.");
        }

        if (layer.RpuConfig is not null && layer.Type != LayerKind.AnalogLinear)
        {
            checks.Fail("rpu_config", $"{layer.Type} is digital and has no physics; use AnalogLinear, or remove the field.");
        }

        if (layer.Type == LayerKind.Dropout && !(layer.P is >= 0 and < 1))
        {
            checks.Fail("p", $"saw {FieldChecks.Text(layer.P)}, expected a probability from 0 to below 1.");
        }

        if (layer.Type == LayerKind.FloatPrecisionCast)
        {
            checks.Between("exponent", layer.Exponent, FloatPrecisionCast.ExponentMin, FloatPrecisionCast.ExponentMax);
            checks.Between("mantissa", layer.Mantissa, FloatPrecisionCast.MantissaMin, FloatPrecisionCast.MantissaMax);
        }
    }

    private int OutputFeatures(LayerConfig layer, int inputs, int index, FieldChecks checks)
    {
        if (layer.Type is not (LayerKind.AnalogLinear or LayerKind.Linear)) { return inputs; }
        if (inputs != Unknown && layer.InFeatures > 0 && layer.InFeatures != inputs)
        {
            string source = (layer.Inputs ?? [index == 0 ? StageNames.Input : _names[index - 1]])[0];
            checks.Fail("in_features", $"saw {layer.InFeatures}, expected {inputs}, the number of features of '{source}'.");
        }

        if (layer.Type == LayerKind.AnalogLinear && layer.RpuConfig is not null)
        {
            RpuConfigValidator.Validate(layer.RpuConfig, checks.PathOf("rpu_config"), _problems);
        }

        return Math.Max(layer.OutFeatures, Unknown);
    }


    private void CheckUnread()
    {
        // A misspelt input leaves a stage unread; that is one mistake, not two.
        if (_problems.HasAnyIn("network")) { return; }
        for (int index = 0; index < _names.Length - 1; index++)
        {
            if (!_read.Contains(_names[index]))
            {
                _problems.Add($"network.layers.{index}", $"no stage reads the output of '{_names[index]}'; name it in the inputs of another stage, or remove it.");
            }
        }
    }

    private void CheckLoss(LayerConfig last)
    {
        if (_config.Network.Loss == LossKind.NLLLoss && last.Type != LayerKind.LogSoftmax)
        {
            _problems.Add("network.loss", $"NLLLoss expects log-probabilities, but the last stage is {last.Type}; append LogSoftmax, or use CrossEntropyLoss.");
        }
    }
}
