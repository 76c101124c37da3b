namespace Replay.Server.Files;

/// <summary>What a file is, by its ending. What is not known is bytes.</summary>
internal static class ContentTypes
{
    public static string Of(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" or ".mjs" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".json" or ".map" => "application/json",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".jpg" or ".jpeg" => "image/jpeg",
        ".ico" => "image/x-icon",
        ".webp" => "image/webp",
        ".woff2" => "font/woff2",
        ".wasm" => "application/wasm",
        ".txt" or ".md" => "text/plain; charset=utf-8",
        ".urdf" or ".xml" or ".dae" => "application/xml",
        ".yaml" or ".yml" => "application/yaml",
        ".arrow" => "application/vnd.apache.arrow.file",
        ".stl" => "model/stl",
        ".obj" => "model/obj",
        ".glb" => "model/gltf-binary",
        _ => "application/octet-stream",
    };
}
