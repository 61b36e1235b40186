namespace Tessera.Host.Fitting;

/// <summary>One field of a fitted device.</summary>
/// <param name="Name">aihwkit's name.</param>
/// <param name="Values">One value, or the items of a list.</param>
internal sealed record FittedField(string Name, double[] Values);

/// <summary>
/// How the mean step of one kind of device depends on its weight, in 64 bits (spec devices, section 6), with the numbers that a fit moves. Those are the
/// sizes of an up and a down step and the parameters of the shape; <see cref="Fields"/> turns them into the fields of a configuration.
/// </summary>
internal abstract class StepLaw
{
    /// <summary>Class name of the device.</summary>
    public abstract string Device { get; }

    /// <summary>Names of the numbers that a fit moves.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Numbers that data may leave open, and which then are taken from the range that was measured.</summary>
    public virtual IReadOnlyList<string> Open => ["w_max", "w_min"];

    /// <summary>Numbers that repeat what others say, and are not moved.</summary>
    public virtual IReadOnlyList<string> Held => [];

    /// <summary>Fields that a single measured device says nothing about; they are written as 0.</summary>
    public virtual IReadOnlyList<string> Spreads => ["dw_min_dtod", "up_down_dtod", "w_max_dtod", "w_min_dtod"];

    /// <summary>Fields that are not numbers.</summary>
    /// <param name="values">The numbers of <see cref="Names"/>.</param>
    public virtual IEnumerable<(string Name, string Value)> Settings(double[] values) => [];

    /// <summary>Values to start from.</summary>
    /// <param name="steps">Mean steps seen.</param>
    /// <param name="held">Values that are given, by name.</param>
    public abstract double[] Start(ObservedSteps steps, IReadOnlyDictionary<string, double> held);

    /// <summary>Size of a step, before bounds; negative where the law turns around.</summary>
    public abstract double Step(bool isDown, double weight, double[] values);

    /// <summary>Upper and lower bound.</summary>
    public (double Most, double Least) Bounds(double[] values) => (values[IndexOf("w_max")], values[IndexOf("w_min")]);

    /// <summary>What a bound is set to that the data leave open: the end of the range that was measured.</summary>
    public virtual double OpenBound(string name, PulseData data) => name == "w_max" ? data.Most : data.Least;

    /// <summary>The fields of the device.</summary>
    public abstract IEnumerable<FittedField> Fields(double[] values);

    /// <summary>Place of a number.</summary>
    protected int IndexOf(string name)
    {
        for (int index = 0; index < Names.Count; index++)
        {
            if (Names[index] == name) { return index; }
        }

        throw new InvalidOperationException($"{Device} has no number '{name}'.");
    }

    /// <summary>Two sizes as their maximum and an asymmetry: positive where down is the smaller.</summary>
    protected static (double Larger, double Asymmetry) Split(double up, double down) => up >= down ? (up, 1 - (down / up)) : (down, (up / down) - 1);

    /// <summary>dw_min, up_down and the bounds, which all devices have.</summary>
    protected IEnumerable<FittedField> Common(double[] values)
    {
        (double step, double asymmetry) = Split(values[IndexOf("up")], values[IndexOf("down")]);
        yield return new FittedField("dw_min", [step]);
        yield return new FittedField("up_down", [asymmetry]);
        yield return new FittedField("w_max", [values[IndexOf("w_max")]]);
        yield return new FittedField("w_min", [values[IndexOf("w_min")]]);
    }
}
