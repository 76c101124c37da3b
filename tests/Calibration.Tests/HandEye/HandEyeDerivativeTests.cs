using Calibration.HandEye;
using Capture.Core.Geometry;

namespace Calibration.Tests.HandEye;

/// <summary>Analytic derivatives against central differences, unknown by unknown. What this does not prove: that the residual itself is the right one; the recovery tests do.</summary>
internal sealed class HandEyeDerivativeTests
{
    [Test]
    public void Derivatives_of_the_residual_agree_with_differences([Range(0, 11)] int unknown, [Values] HandEyeSetup setup, [Values(0.002, 0.4)] double misfit)
    {
        var hand = new SimulatedHand(7, setup) { TargetRotationRad = misfit, TargetTranslationM = misfit };
        PoseEquation[] equations = PoseEquation.From(hand.Pairs(5), setup);
        var problem = new HandEyeResiduals(equations, null);
        double[] r = new double[6];
        double[] jacobian = new double[72];
        double[] change = new double[12];
        for (int block = 0; block < equations.Length; block++)
        {
            const double Step = 1e-6;
            problem.Evaluate(hand.Truth, block, r, jacobian);
            double[] numeric = new double[6];
            foreach (int side in (int[])[1, -1])
            {
                change[unknown] = side * Step;
                problem.Evaluate(problem.Moved(hand.Truth, change), block, r, []);
                for (int i = 0; i < 6; i++)
                {
                    numeric[i] += side * r[i] / (2 * Step);
                }
            }

            for (int i = 0; i < 6; i++)
            {
                Assert.That(jacobian[(i * 12) + unknown], Is.EqualTo(numeric[i]).Within(1e-7 * (1 + Math.Abs(numeric[i]))), $"residual {i} of block {block}");
            }
        }
    }

    [Test]
    public void Inverse_right_jacobian_holds_from_no_turn_to_nearly_half_a_turn([Values(0, 1e-5, 0.3, 2, 3.1)] double angle)
    {
        Vector3d v = new Vector3d(0.6, -0.48, 0.64) * angle;
        Vector3d d = new(3e-6, -2e-6, 1e-6);
        Vector3d expected = (Rotation.FromRotationVector(v) * Rotation.FromRotationVector(d)).ToRotationVector() - v;
        Vector3d found = HandEyeResiduals.RightJacobianInverse(v) * d;
        Assert.That((found - expected).Length, Is.LessThan(1e-9));
    }
}
