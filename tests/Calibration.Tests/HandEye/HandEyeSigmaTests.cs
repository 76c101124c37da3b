using Calibration.HandEye;

namespace Calibration.Tests.HandEye;

/// <summary>
/// Are the reported σ right? 200 rigs, each with its own truth and noise. What this does not prove: that noise in the field is independent from pose to pose, or that a robot's
/// kinematics and a target's size are right; errors of that kind repeat in every pose and no σ from residuals holds them.
/// </summary>
internal sealed class HandEyeSigmaTests
{
    private const int Seeds = 200;

    // 99.9 % of a normal number.
    private const double Z999 = 3.29;

    [TestCase(HandEyeSetup.EyeInHand, 0.0, TestName = "Sigma_is_right_with_noise_of_the_camera_eye_in_hand")]
    [TestCase(HandEyeSetup.EyeToHand, 0.0, TestName = "Sigma_is_right_with_noise_of_the_camera_eye_to_hand", Explicit = true, Category = "Long")]
    [TestCase(HandEyeSetup.EyeInHand, 0.0015, TestName = "Sigma_is_right_with_noise_of_the_robot_too_eye_in_hand", Explicit = true, Category = "Long")]
    [TestCase(HandEyeSetup.EyeToHand, 0.0015, TestName = "Sigma_is_right_with_noise_of_the_robot_too_eye_to_hand")]
    public void Sigma_is_right(HandEyeSetup setup, double robotRad)
    {
        double pooled = 0;
        int[] inside = new int[12];
        Span<double> change = stackalloc double[6];
        for (int seed = 0; seed < Seeds; seed++)
        {
            var hand = new SimulatedHand(seed, setup) { RobotRotationRad = robotRad, RobotTranslationM = robotRad / 5 };
            HandEyeResult result = HandEyeSolver.Solve(hand.Pairs(25), setup);
            double[] error = new double[12];
            result.Poses.X.ChangeTo(hand.Truth.X, change);
            change.CopyTo(error);
            result.Poses.Z.ChangeTo(hand.Truth.Z, change);
            change.CopyTo(error.AsSpan(6));
            pooled += Mahalanobis(result.Covariance, error);
            double[] sigma = result.Sigma;
            for (int i = 0; i < 12; i++)
            {
                inside[i] += Math.Abs(error[i]) <= sigma[i] ? 1 : 0;
            }
        }

        const int Freedom = 12 * Seeds;
        double reach = Z999 * Math.Sqrt(2 * Freedom);
        TestContext.Out.WriteLine($"chi-square {pooled:0} of {Freedom} ± {reach:0}; inside 1 sigma: {string.Join(' ', inside.Select(i => $"{100.0 * i / Seeds:0}"))} %");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(pooled, Is.EqualTo(Freedom).Within(reach));
            Assert.That(inside.Select(i => (double)i / Seeds), Is.All.InRange(0.55, 0.80));
        }
    }

    private static double Mahalanobis(double[] covariance, double[] error)
    {
        double[] factor = [.. covariance];
        Assert.That(Calibration.Solving.SymmetricSystem.Factor(factor, error.Length));
        double[] e = [.. error];
        Calibration.Solving.SymmetricSystem.SolveLower(factor, e.Length, e);
        return e.Sum(v => v * v);
    }
}
