using System.Text.Json.Serialization;

namespace Capture.Agent;

/// <summary>Source-generated JSON: no reflection at start.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class AgentJson : JsonSerializerContext;
