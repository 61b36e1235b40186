using System.Globalization;
using Tessera.Coordination.Experiments;
using Tessera.Kernels.Configuration;
using Tessera.Kernels.Forward;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Plan;

namespace Tessera.Coordination.Plan;

/// <summary>Compiles the network of an experiment to stages, edges and tiles.</summary>
public sealed class PlanBuilder
{
    private const string InputName = "input";
    private const int TileOutputsMax = ushort.MaxValue; // the widths of rows and columns in the addresses of random numbers (docs/numerics.md)
    private const int TileInputsMax = 262_142; // and the bias
    private const int TilesMax = 1_000_000; // of a network; a plan of more would take gigabytes and minutes by itself
    private readonly ExperimentConfig _config;
    private readonly List<StagePlan> _stages = [];
    private readonly List<EdgePlan> _edges = [];
    private readonly List<TilePlan> _tiles = [];
    private readonly List<RpuConfig> _physics = [];
    private readonly Dictionary<string, StageId> _names = new(StringComparer.Ordinal);

    private PlanBuilder(ExperimentConfig config) => _config = config;

    /// <summary>Builds the plan.</summary>
    /// <exception cref="PlanException">The stages do not form a network.</exception>
    public static NetworkPlan Build(ExperimentConfig config) => new PlanBuilder(config).Build();

    private NetworkPlan Build()
    {
        var layers = _config.Network.Layers;
        if (layers.Count == 0)
        {
            throw new PlanException("The network has no layers; expected at least one linear layer under network.layers.");
        }

        Register(InputName, StageId.Input);
        _stages.Add(new StagePlan
        {
            Id = StageId.Input,
            Name = InputName,
            Kind = StageKind.Input,
            Operator = "Input",
            OutFeatures = InputFeatures(layers),
        });
        for (var layer = 0; layer < layers.Count; layer++)
        {
            AddStage(layers[layer], new StageId(layer + 1));
        }

        RequireUsed();
        if (!_stages[^1].TakesGradient)
        {
            throw new PlanException("The network has nothing to learn; expected at least one AnalogLinear or Linear layer.");
        }

        return new NetworkPlan
        {
            Stages = _stages,
            Edges = _edges,
            Tiles = _tiles,
            Physics = _physics,
            Layers = layers,
            Loss = _config.Network.Loss,
        };
    }

    private static bool IsLinear(LayerKind kind) => kind is LayerKind.AnalogLinear or LayerKind.Linear;

    private static string NameOf(LayerConfig layer, int position) =>
        layer.Name ?? layer.Type.ToString().ToLowerInvariant() + position.ToString(CultureInfo.InvariantCulture);

    /// <summary>The width of the data: what the first linear layer reads that has only element-wise stages between itself and the data.</summary>
    private static int InputFeatures(IReadOnlyList<LayerConfig> layers)
    {
        var readsData = new HashSet<string>(StringComparer.Ordinal) { InputName };
        var previous = InputName;
        for (var i = 0; i < layers.Count; i++)
        {
            var inputs = layers[i].Inputs ?? [previous];
            if (inputs.Any(readsData.Contains))
            {
                if (IsLinear(layers[i].Type))
                {
                    return layers[i].InFeatures;
                }

                readsData.Add(NameOf(layers[i], i + 1));
            }

            previous = NameOf(layers[i], i + 1);
        }

        throw new PlanException("No linear layer reads the data, so the number of input features is unknown; expected one whose inputs lead to 'input'.");
    }

    private void AddStage(LayerConfig layer, StageId id)
    {
        var name = NameOf(layer, id.Index);
        var inputs = (layer.Inputs ?? [_stages[^1].Name]).Select(input => Find(input, name)).ToArray();
        var width = RequireInputs(layer, name, inputs);
        Register(name, id);
        var outFeatures = IsLinear(layer.Type) ? layer.OutFeatures : width;
        if (outFeatures < 1)
        {
            throw new PlanException($"Layer '{name}' has {outFeatures} out_features, expected 1 or more.");
        }

        var grid = layer.Type == LayerKind.AnalogLinear ? Cut(layer, name, id) : null;
        _stages.Add(new StagePlan
        {
            Id = id,
            Name = name,
            Kind = grid is null ? StageKind.Digital : StageKind.Tiles,
            Operator = layer.Type.ToString(),
            Inputs = inputs,
            InFeatures = width,
            OutFeatures = outFeatures,
            DigitalBias = grid is not null && layer.Bias && !grid.Tiles[0].AnalogBias,
            TakesGradient = IsLinear(layer.Type) || inputs.Any(input => _stages[input.Index].TakesGradient),
            Grid = grid,
        });
        for (var operand = 0; operand < inputs.Length; operand++)
        {
            _edges.Add(new EdgePlan(inputs[operand], id, operand));
        }
    }

    private int RequireInputs(LayerConfig layer, string name, StageId[] inputs)
    {
        if (layer.Type == LayerKind.Add ? inputs.Length < 2 : inputs.Length != 1)
        {
            var expected = layer.Type == LayerKind.Add ? "2 or more" : "exactly 1";
            throw new PlanException($"Layer '{name}' ({layer.Type}) has {inputs.Length} inputs, expected {expected}.");
        }

        var width = _stages[inputs[0].Index].OutFeatures;
        foreach (var input in inputs)
        {
            if (_stages[input.Index].OutFeatures != width)
            {
                throw new PlanException(
                    $"Layer '{name}' adds '{_stages[inputs[0].Index].Name}' with {width} values and '{_stages[input.Index].Name}' with "
                    + $"{_stages[input.Index].OutFeatures}; expected equal widths.");
            }
        }

        if (IsLinear(layer.Type) && layer.InFeatures != width)
        {
            throw new PlanException(
                $"Layer '{name}' has in_features {layer.InFeatures}, but '{_stages[inputs[0].Index].Name}' gives {width}; set in_features: {width}.");
        }

        return width;
    }

    private TileGridPlan Cut(LayerConfig layer, string name, StageId id)
    {
        var physics = layer.RpuConfig ?? _config.RpuConfig;
        var mapping = physics.Mapping;
        var inputParts = BalancedSplit.Of(layer.InFeatures, mapping.MaxInputSize);
        var outputParts = BalancedSplit.Of(layer.OutFeatures, mapping.MaxOutputSize);

        RequireSize(layer, name, inputParts, outputParts);

        // A grid has no crossbar column that all its tiles share, so its bias is always digital (spec mapping, section 3).
        var isSingle = inputParts.Length * outputParts.Length == 1;
        var analogBias = layer.Bias && isSingle && !mapping.DigitalBias;
        RequireReadable(name, physics, inputParts, analogBias);
        var grid = TileGridPlan.Cut(id, name, new TileId(_tiles.Count), inputParts, outputParts, analogBias, PhysicsIndex(physics));
        _tiles.AddRange(grid.Tiles);
        return grid;
    }

    private void RequireSize(LayerConfig layer, string name, int[] inputParts, int[] outputParts)
    {
        var tiles = _tiles.Count + ((long)inputParts.Length * outputParts.Length);
        if (tiles > TilesMax)
        {
            throw new PlanException(string.Create(
                CultureInfo.InvariantCulture,
                $"With layer '{name}' ({layer.InFeatures} x {layer.OutFeatures}) the network lies on {tiles:N0} tiles, expected at most {TilesMax:N0}; set larger "
                + $"rpu_config.mapping.max_input_size and max_output_size, or use smaller layers."));
        }

        if (outputParts[0] > TileOutputsMax || inputParts[0] > TileInputsMax)
        {
            throw new PlanException(
                $"Layer '{name}' has tiles of {inputParts[0]} x {outputParts[0]}, expected at most {TileInputsMax} inputs and {TileOutputsMax} outputs on one; set "
                + "rpu_config.mapping.max_input_size and max_output_size, for instance to 512.");
        }
    }

    /// <summary>Some read-outs depend on the size of the tile, which nobody knows before the layer is cut.</summary>
    private static void RequireReadable(string name, RpuConfig physics, int[] inputParts, bool analogBias)
    {
        foreach (var size in inputParts.Distinct())
        {
            var problems = physics is AnalogRPUConfig { Forward: var io }
                ? IOParametersValidator.Problems(io, MvmDirection.Forward, size + (analogBias ? 1 : 0), Math.Max(physics.Mapping.MaxInputSize, 0))
                : [];
            if (problems.Count > 0)
            {
                throw new PlanException($"Layer '{name}' has tiles that rpu_config.forward cannot read: {string.Join(" ", problems)}");
            }
        }
    }

    private int PhysicsIndex(RpuConfig physics)
    {
        var index = _physics.IndexOf(physics);
        if (index >= 0)
        {
            return index;
        }

        _physics.Add(physics);
        return _physics.Count - 1;
    }

    private void Register(string name, StageId id)
    {
        if (!_names.TryAdd(name, id))
        {
            throw new PlanException($"Two stages are named '{name}'; expected unique names, and 'input' is the data.");
        }
    }

    private StageId Find(string input, string reader) => _names.TryGetValue(input, out var id)
        ? id
        : throw new PlanException($"Layer '{reader}' reads '{input}', which is not above it; known so far: {string.Join(", ", _names.Keys)}.");

    private void RequireUsed()
    {
        foreach (var stage in _stages.SkipLast(1))
        {
            if (!_edges.Exists(edge => edge.From == stage.Id))
            {
                throw new PlanException($"Nothing reads stage '{stage.Name}'; remove it or name it under another layer's inputs. Only the last stage goes to the loss.");
            }
        }
    }
}
