using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Tessera.Host.Tests.Kubernetes;

/// <summary>The image is built from all projects that the program needs, with lock files enforced, and runs as the manifests expect.</summary>
public sealed class ContainerfileTests
{
    private static readonly string[] Lines = RepositoryFolder.Read("Containerfile").Split('\n');

    [Fact]
    public void Every_project_of_the_program_is_copied_with_its_lock_file()
    {
        IReadOnlyCollection<string> projects = ProjectsBelow("Cluster.Host");
        Assert.Contains("Simulator.Kernels", projects);
        Assert.All(projects, project =>
        {
            Assert.Contains($"COPY {project}/{project}.csproj {project}/packages.lock.json {project}/", Lines);
            Assert.Contains($"COPY {project}/ {project}/", Lines);
            Assert.True(File.Exists(RepositoryFolder.PathOf($"{project}/packages.lock.json")));
        });
        Assert.Contains("RUN dotnet restore Cluster.Host/Cluster.Host.csproj --locked-mode", Lines);
        string publish = Assert.Single(Lines, line => line.StartsWith("RUN dotnet publish", StringComparison.Ordinal));
        Assert.Contains("--no-restore", publish);
    }

    [Fact]
    public void Nothing_that_is_copied_is_ignored()
    {
        string[] ignored = RepositoryFolder.Read(".containerignore").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("**/obj", ignored);
        Assert.Equal(ignored, RepositoryFolder.Read(".dockerignore").Split('\n', StringSplitOptions.RemoveEmptyEntries));
        IEnumerable<string> copied = Lines
            .Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal))
            .SelectMany(line => line.Split(' ')[1..^1]);
        Assert.All(copied, path =>
        {
            Assert.True(Path.Exists(RepositoryFolder.PathOf(path.TrimEnd('/'))));
            Assert.DoesNotContain(path.Split('/')[0], ignored);
        });
    }

    [Fact]
    public void The_image_starts_the_program_at_its_ports()
    {
        Assert.Contains($"ENTRYPOINT [\"dotnet\", \"{ProgramFacts.AssemblyFile}\"]", Lines);
        Assert.Contains("WORKDIR /app", Lines);
        Assert.Contains($"EXPOSE {ProgramFacts.DataPort} {ProgramFacts.HttpPort}", Lines);
        Assert.Contains("FROM mcr.microsoft.com/dotnet/aspnet:10.0", Lines);
    }

    [SkippableFact]
    public void The_image_and_the_pods_name_the_same_account()
    {
        string user = Assert.Single(Lines, line => line.StartsWith("USER ", StringComparison.Ordinal));
        Match match = Regex.Match(user, @"^USER (\d+):(\d+)$");
        Assert.True(match.Success, $"saw '{user}', expected numbers, so that Kubernetes can see that it is not root.");
        Assert.All(RenderedOverlay.Of("cpu").ProgramWorkloads, workload =>
        {
            Assert.Equal(match.Groups[1].Value, workload.Pod.At("securityContext", "runAsUser").Text);
            Assert.Equal(match.Groups[2].Value, workload.Pod.At("securityContext", "runAsGroup").Text);
        });
    }

    private static SortedSet<string> ProjectsBelow(string project)
    {
        SortedSet<string> found = new(StringComparer.Ordinal) { project };
        XDocument file = XDocument.Load(RepositoryFolder.PathOf($"{project}/{project}.csproj"));
        foreach (XElement reference in file.Descendants("ProjectReference"))
        {
            found.UnionWith(ProjectsBelow(Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)));
        }

        return found;
    }
}
