using Capture.Simulation.Scene;

namespace Capture.Simulation.Mocap;

/// <summary>The tracked bodies: gripper (id 1, the tool frame) and cube (id 2, its centre), four markers each; world frame of the scene, z up, metres.</summary>
public static class MocapBodies
{
    /// <summary>Deviation of the noise that is added to every coordinate, m.</summary>
    public const double NoiseM = 0.0001;

    public static readonly BodyModel[] Models =
    [
        new(1, "gripper", [-0.06f, 0.05f, 0.03f, -0.06f, -0.05f, 0.03f, -0.06f, 0f, 0.05f, -0.09f, 0.02f, 0.04f]),
        new(2, "cube", [0.015f, 0.015f, 0.025f, -0.015f, 0.015f, 0.025f, 0.015f, -0.015f, 0.025f, -0.005f, -0.015f, 0.025f]),
    ];

    /// <summary>A body as the cameras see it: the true pose, markers with noise that depends on seed and frame only.</summary>
    public static BodyState Seen(BodyModel model, Pose pose, ulong seed, long frame, float[] markers)
    {
        for (int i = 0; i < model.MarkersXyz.Length / 3; i++)
        {
            Vec3 at = pose.Transform(new Vec3(model.MarkersXyz[3 * i], model.MarkersXyz[(3 * i) + 1], model.MarkersXyz[(3 * i) + 2]));
            markers[3 * i] = (float)(at.X + Noise(seed, frame, model.Id, 3 * i));
            markers[(3 * i) + 1] = (float)(at.Y + Noise(seed, frame, model.Id, (3 * i) + 1));
            markers[(3 * i) + 2] = (float)(at.Z + Noise(seed, frame, model.Id, (3 * i) + 2));
        }

        Vec3 p = pose.Position;
        Quat q = pose.Rotation;
        return new BodyState(model.Id, (float)p.X, (float)p.Y, (float)p.Z, (float)q.X, (float)q.Y, (float)q.Z, (float)q.W, (float)NoiseM, markers);
    }

    /// <summary>Uniform with the deviation <see cref="NoiseM"/>.</summary>
    private static double Noise(ulong seed, long frame, int body, int coordinate) =>
        (Clocks.Xoshiro256.UnitAt(seed + 77, (frame * 64) + (body * 16) + coordinate) - 0.5) * Math.Sqrt(12) * NoiseM;
}
