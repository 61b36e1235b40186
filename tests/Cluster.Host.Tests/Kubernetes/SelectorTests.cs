namespace Tessera.Host.Tests.Kubernetes;

/// <summary>What selects pods by labels selects the pods that it is meant for.</summary>
public sealed class SelectorTests
{
    public static TheoryData<string> Overlays => RenderedOverlay.Names;

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Workloads_select_their_own_pods_and_no_others(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        Assert.All(overlay.Workloads, workload =>
        {
            Assert.Equal([workload], overlay.SelectedBy(workload.Item.At("spec", "selector", "matchLabels")));
            Assert.All(workload.Pod["topologySpreadConstraints"].Items, spread =>
                Assert.Equal([workload], overlay.SelectedBy(spread.At("labelSelector", "matchLabels"))));
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Nodes_and_coordinators_are_disrupted_one_at_a_time(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        List<Workload> guarded = [];
        Assert.All(overlay.OfKind("PodDisruptionBudget"), budget =>
        {
            guarded.Add(Assert.Single(overlay.SelectedBy(budget.At("spec", "selector", "matchLabels"))));
            Assert.Equal("1", budget.At("spec", "maxUnavailable").Text);
        });
        Assert.Equal(overlay.ProgramWorkloads.Select(workload => workload.Name), guarded.Select(workload => workload.Name).Order(StringComparer.Ordinal));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Network_policies_bind_every_pod_both_ways(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        Assert.All(overlay.Workloads, workload =>
        {
            IEnumerable<string> ways = overlay.OfKind("NetworkPolicy")
                .Where(policy => workload.IsSelectedBy(policy.At("spec", "podSelector", "matchLabels")))
                .SelectMany(policy => policy.At("spec", "policyTypes").Items.Select(way => way.Text));
            Assert.Equal(["Egress", "Ingress"], ways.Distinct().Order(StringComparer.Ordinal));
        });
        Assert.All(overlay.OfKind("NetworkPolicy"), policy =>
        {
            Assert.NotEmpty(overlay.SelectedBy(policy.At("spec", "podSelector", "matchLabels")));
            Assert.All(Peers(policy), peer => Assert.NotEmpty(overlay.SelectedBy(peer.At("podSelector", "matchLabels"))));
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void The_data_plane_is_open_to_the_pods_of_the_run_alone_and_http_to_the_namespace(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        Dictionary<string, YamlValue> rules = overlay.Find("NetworkPolicy", "tessera").At("spec", "ingress").Items
            .ToDictionary(rule => Assert.Single(rule["ports"].Items)["port"].Text, rule => Assert.Single(rule["from"].Items));
        Assert.Equal([$"{ProgramFacts.DataPort}", $"{ProgramFacts.HttpPort}"], rules.Keys.Order(StringComparer.Ordinal));
        Assert.All(rules.Values, from => Assert.Equal(["podSelector"], from.Keys)); // no other namespace, no addresses
        Assert.All(overlay.SelectedBy(rules[$"{ProgramFacts.DataPort}"].At("podSelector", "matchLabels")), workload => Assert.True(workload.IsProgram));
        Assert.Empty(rules[$"{ProgramFacts.HttpPort}"]["podSelector"].Keys);
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void Pods_reach_each_other_names_and_the_database_and_nothing_else(string name)
    {
        RenderedOverlay overlay = RenderedOverlay.Of(name);
        List<YamlValue> rules = [.. overlay.OfKind("NetworkPolicy")
            .Where(policy => overlay.ProgramWorkloads.All(workload => workload.IsSelectedBy(policy.At("spec", "podSelector", "matchLabels"))))
            .SelectMany(policy => policy.At("spec", "egress").Items)];
        Assert.All(rules, rule => Assert.NotEmpty(rule["ports"].Items)); // a rule without ports would open all of them
        int[] ports = [53, ProgramFacts.DatabasePort, ProgramFacts.DataPort, ProgramFacts.HttpPort];
        Assert.Equal(ports, rules.SelectMany(rule => rule["ports"].Items).Select(port => port["port"].Number).Distinct().Order());

        foreach (Workload database in overlay.Workloads.Where(workload => !workload.IsProgram))
        {
            YamlValue rule = Assert.Single(rules, rule => rule["ports"].Items.Any(port => port["port"].Number == database.Ports["postgres"]));
            Assert.Equal([database], overlay.SelectedBy(Assert.Single(rule["to"].Items).At("podSelector", "matchLabels")));
        }
    }

    private static IEnumerable<YamlValue> Peers(YamlValue policy) =>
        policy.At("spec", "ingress").Items.SelectMany(rule => rule["from"].Items)
            .Concat(policy.At("spec", "egress").Items.SelectMany(rule => rule["to"].Items))
            .Where(peer => peer["podSelector"].Exists);
}
