namespace Capture.Agent.Commands;
