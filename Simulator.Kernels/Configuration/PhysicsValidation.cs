using Tessera.Kernels.Configuration.Binding;
using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>Finds impossible values of physics parameters, all at once. Messages name the field as configuration files spell it.</summary>
public static class PhysicsValidation
{
    /// <summary>Problems of a device; empty if it can be built.</summary>
    public static IEnumerable<string> Of(DeviceParameters device)
    {
        ArgumentNullException.ThrowIfNull(device);
        ConfigProblems problems = new(new SourceMark(device.GetType().Name));
        device.Check(new FieldChecks(problems, string.Empty));
        return problems.All.Select(problem => $"{problem.Path}: {problem.Message}");
    }

    /// <summary>Problems of the update parameters; empty if they can be used.</summary>
    public static IEnumerable<string> Of(UpdateParameters update)
    {
        if (update.DesiredBl is < 1 or > ushort.MaxValue)
        {
            yield return $"desired_bl is {update.DesiredBl}, expected 1 to {ushort.MaxValue}.";
        }

        (string Name, float Value)[] bins = [("res", update.Res), ("x_res_implicit", update.XResImplicit), ("d_res_implicit", update.DResImplicit)];
        foreach (var (name, width) in bins)
        {
            if (!(width <= 1)) yield return $"{name} is {width}, expected a bin width of at most 1 (0 switches it off); write {1 / width} for {width} bins.";
        }

        if (!(update.UmGradScale > 0) || !float.IsFinite(update.UmGradScale))
        {
            yield return $"um_grad_scale is {update.UmGradScale}, expected a finite number above 0.";
        }
    }
}
