using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration;

/// <summary>Base of every device's parameters.</summary>
public abstract record DeviceParameters
{
    /// <summary>Standard deviation of the diffusion after each mini-batch, in weight units. Default 0.</summary>
    public float Diffusion { get; init; }

    /// <summary>Lifetime in mini-batches: each step the weight decays by 1/lifetime; 0 is off. Default 0.</summary>
    public float Lifetime { get; init; }

    /// <summary>Reports what no device can have; every kind of device adds its own checks.</summary>
    public virtual void Check(FieldChecks checks)
    {
        checks.NotNegative("diffusion", Diffusion, "0 is off.");
        checks.NotNegative("lifetime", Lifetime, "0 is off.");
    }
}
