using Calibration.HandEye;
using Calibration.HandEye.ClosedForms;

namespace Calibration.Tests.HandEye;

/// <summary>Each closed form on data without noise gives the truth. What this does not prove: how it behaves under noise; the ranking exists because that differs.</summary>
internal sealed class ClosedFormTests
{
    [Test]
    public void Gives_the_truth_without_noise([Values] ClosedForm method, [Values] HandEyeSetup setup, [Range(1, 5)] int seed)
    {
        var hand = new SimulatedHand(seed, setup) { TargetRotationRad = 0, TargetTranslationM = 0 };
        PoseEquation[] equations = PoseEquation.From(hand.Pairs(12), setup);
        HandEyePoses? found = ClosedFormSolver.Solve(method, equations, Motions.Between(equations));
        Assert.That(found, Is.Not.Null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((found!.Value.X.Translation - hand.Truth.X.Translation).Length, Is.LessThan(1e-7));
            Assert.That((found.Value.X.Rotation * hand.Truth.X.Rotation.Inverse()).Angle, Is.LessThan(1e-7));
            Assert.That((found.Value.Z.Translation - hand.Truth.Z.Translation).Length, Is.LessThan(1e-7));
            Assert.That((found.Value.Z.Rotation * hand.Truth.Z.Rotation.Inverse()).Angle, Is.LessThan(1e-7));
        }
    }
}
