using Capture.Simulation.Cameras;
using Capture.Simulation.Clocks;
using Capture.Simulation.Scene;

namespace Capture.Simulation.Targets;

/// <summary>What a camera of a calibration scene sees: the target against a plain backdrop, and sensor noise. No frame code: the whole picture belongs to the lens.</summary>
public sealed class TargetPicture : ICameraPicture
{
    /// <summary>Noise of a pixel, in steps of 255: what a small sensor has in a room.</summary>
    public const double NoiseSteps = 2.5;

    private const int NoiseLength = 1 << 16;
    private readonly TargetSetting _setting;
    private readonly TargetCamera _camera;
    private readonly BenchScene _scene;
    private readonly TargetRenderer _renderer;
    private readonly uint[] _pixels;
    private readonly float[] _noise = new float[NoiseLength];
    private readonly Xoshiro256 _random;

    public TargetPicture(TargetSetting setting, TargetCamera camera, BenchScene scene)
    {
        (_setting, _camera, _scene) = (setting, camera, scene);
        _renderer = new TargetRenderer(camera.Lens);
        _pixels = new uint[camera.Lens.Width * camera.Lens.Height];
        _random = Xoshiro256.For(scene.Seed, "noise/" + camera.Name);
        for (int i = 0; i < NoiseLength; i++)
        {
            _noise[i] = (float)(NoiseSteps * _random.Normal());
        }
    }

    public ReadOnlySpan<uint> Pixels => _pixels;

    public void Draw(long sceneNs, byte camera, uint frame)
    {
        _renderer.Draw(_setting.Printed, _setting.CameraFromTarget(_camera, _scene.Gripper(sceneNs)));
        float[] light = _renderer.Light;
        for (int row = 0; row < _camera.Lens.Height; row++)
        {
            // One table of noise, entered at another place in every row.
            int noise = (int)(_random.Next() % NoiseLength);
            for (int i = row * _camera.Lens.Width; i < (row + 1) * _camera.Lens.Width; i++)
            {
                uint value = (uint)Math.Clamp(light[i] + _noise[noise++ & (NoiseLength - 1)] + 0.5f, 0, 255);
                _pixels[i] = 0xFF000000 | (value << 16) | (value << 8) | value;
            }
        }
    }
}
