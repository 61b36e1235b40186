using System.Text;
using Tessera.Kernels.Configuration.Binding;

namespace Tessera.Kernels.Configuration;

/// <summary>The physics of a tile as text that any process reads back to an equal record: canonical JSON with every default written.</summary>
public static class RpuConfigText
{
    private const string Origin = "rpu_config";

    /// <summary>Writes a configuration.</summary>
    public static string Write(RpuConfig physics) =>
        Encoding.UTF8.GetString(CanonicalJson.Write(ConfigTree.From(physics, ConfigTypeRegistry.Physics, new SourceMark(Origin))));

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="ConfigurationException">It is no configuration that this version knows.</exception>
    public static RpuConfig Read(string text)
    {
        ConfigProblems problems = new(new SourceMark(Origin));
        ConfigNode? root = JsonTreeReader.Read(text, Origin, problems);
        RpuConfig? physics = root is ConfigMap map ? new ConfigBinder(ConfigTypeRegistry.Physics, problems).Bind<RpuConfig>(map) : null;
        if (physics is null)
        {
            problems.Add(new SourceMark(Origin), "", "is no physics of a tile; expected what the same version of the program wrote. Upgrade the older side.");
        }

        problems.ThrowIfAny();
        return physics!;
    }
}
