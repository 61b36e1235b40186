namespace Tessera.Host.Tests.Kubernetes;

/// <summary>
/// No pod has more rights than it needs: what the 'restricted' pod security standard asks for, and a root file system that cannot be written.
/// </summary>
public sealed class SecurityTests
{
    public static TheoryData<string> Overlays => RenderedOverlay.Names;

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void No_container_runs_as_root(string name) =>
        Assert.All(RenderedOverlay.Of(name).Workloads, workload =>
        {
            YamlValue rights = workload.Pod["securityContext"];
            Assert.Equal("true", rights["runAsNonRoot"].Text);
            Assert.InRange(rights["runAsUser"].Number, 1, int.MaxValue);
            Assert.InRange(rights["runAsGroup"].Number, 1, int.MaxValue);
            Assert.Equal("RuntimeDefault", rights.At("seccompProfile", "type").Text);
            YamlValue own = workload.Container["securityContext"];
            Assert.All(["runAsUser", "runAsGroup", "runAsNonRoot", "seccompProfile"], field =>
                Assert.False(own[field].Exists, $"{workload}: the pod says {field}; the container must not say otherwise."));
        });

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Containers_gain_no_rights_and_write_to_volumes_alone(string name) =>
        Assert.All(RenderedOverlay.Of(name).Workloads, workload =>
        {
            YamlValue rights = workload.Container["securityContext"];
            Assert.Equal("false", rights["allowPrivilegeEscalation"].Text);
            Assert.Equal("true", rights["readOnlyRootFilesystem"].Text);
            Assert.Equal(["ALL"], rights.At("capabilities", "drop").Items.Select(item => item.Text));
            Assert.False(rights.At("capabilities", "add").Exists);
            Assert.False(rights["privileged"].Exists);
            Assert.True(workload.CanWrite("/tmp"), $"{workload}: the runtime needs a /tmp.");
            if (workload.Name == "tessera-coordinator") { Assert.True(workload.CanWrite(workload.Option("run-dir"))); }
        });

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Pods_share_nothing_with_their_machine_and_carry_no_token(string name) =>
        Assert.All(RenderedOverlay.Of(name).Workloads, workload =>
        {
            Assert.Equal("false", workload.Pod["automountServiceAccountToken"].Text);
            Assert.All(["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"], field => Assert.False(workload.Pod[field].Exists));
            Assert.All(workload.Pod["volumes"].Items, volume => Assert.False(volume["hostPath"].Exists));
            Assert.All(workload.Container["ports"].Items, port => Assert.False(port["hostPort"].Exists));
        });

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Every_container_says_what_it_needs_at_least_and_at_most(string name) =>
        Assert.All(RenderedOverlay.Of(name).Workloads, workload =>
        {
            foreach (string bound in new[] { "requests", "limits" })
            {
                Assert.Superset(new HashSet<string> { "cpu", "memory" }, workload.Container.At("resources", bound).Keys.ToHashSet());
            }
        });

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void No_secret_is_written_into_a_workload(string name) =>
        Assert.All(RenderedOverlay.Of(name).Workloads, workload =>
        {
            Assert.All(workload.Variables, variable => Assert.False(
                variable["value"].Exists && (variable["name"].Text.Contains("PASSWORD") || ProgramFacts.Variables.Contains(variable["name"].Text)),
                $"{variable.Path}: comes from a secret or map."));
            Assert.DoesNotContain(workload.Arguments, argument => argument.Contains("Password", StringComparison.OrdinalIgnoreCase));
        });
}
