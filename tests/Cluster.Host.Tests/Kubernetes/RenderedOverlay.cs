using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using YamlDotNet.RepresentationModel;

namespace Tessera.Host.Tests.Kubernetes;

/// <summary>The objects that <c>kubectl kustomize</c> makes of an overlay. Each is rendered once for all tests.</summary>
internal sealed class RenderedOverlay
{
    private static readonly ConcurrentDictionary<string, Lazy<RenderedOverlay>> Rendered = new();
    private static readonly Lazy<bool> HasKubectl = new(IsInstalled);

    private RenderedOverlay(string name, IReadOnlyList<YamlValue> objects)
    {
        Name = name;
        Objects = objects;
        Workloads = [.. objects.Where(item => item.At("spec", "template").Exists).Select(item => new Workload(item))];
    }

    /// <summary>Names of all overlays, for theories.</summary>
    public static TheoryData<string> Names =>
        [.. Directory.GetDirectories(RepositoryFolder.PathOf("k8s/overlays")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    /// <summary>Its folder's name.</summary>
    public string Name { get; }

    /// <summary>Everything that is applied.</summary>
    public IReadOnlyList<YamlValue> Objects { get; }

    /// <summary>What has pods.</summary>
    public IReadOnlyList<Workload> Workloads { get; }

    /// <summary>Workloads whose pods run the program.</summary>
    public IEnumerable<Workload> ProgramWorkloads => Workloads.Where(workload => workload.IsProgram);

    /// <summary>Renders an overlay; the test is skipped where there is no kubectl.</summary>
    public static RenderedOverlay Of(string name)
    {
        Skip.IfNot(HasKubectl.Value, "kubectl is not installed, so no overlay can be rendered.");
        return Rendered.GetOrAdd(name, _ => new Lazy<RenderedOverlay>(() => Render(name))).Value;
    }

    /// <summary>Objects of a kind.</summary>
    public IEnumerable<YamlValue> OfKind(string kind) => Objects.Where(item => item["kind"].Text == kind);

    /// <summary>The object of that kind and name.</summary>
    public YamlValue Find(string kind, string name) =>
        OfKind(kind).SingleOrDefault(item => item.At("metadata", "name").Text == name) ?? new YamlValue(null, $"{Name}: {kind}/{name}");

    /// <summary>Workloads whose pods have these labels.</summary>
    public IReadOnlyList<Workload> SelectedBy(YamlValue labels) => [.. Workloads.Where(workload => workload.IsSelectedBy(labels))];

    private static RenderedOverlay Render(string name)
    {
        (int code, string output, string error) = Run("kustomize", RepositoryFolder.PathOf($"k8s/overlays/{name}"));
        Assert.True(code == 0, $"kubectl kustomize k8s/overlays/{name} ended with {code}: {error}");
        Assert.Equal("", error); // kustomize warns there of what it will soon refuse
        YamlStream stream = [];
        stream.Load(new StringReader(output));
        return new RenderedOverlay(name, [.. stream.Documents.Select(document => Named(name, new YamlValue(document.RootNode, "")))]);
    }

    private static YamlValue Named(string overlay, YamlValue item) =>
        item with { Path = $"{overlay}: {item["kind"].Text}/{item.At("metadata", "name").Text}" };

    private static bool IsInstalled()
    {
        try
        {
            return Run("version", "--client").Code == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("kubectl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
