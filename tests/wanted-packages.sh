#!/usr/bin/env bash
# Which of the six packages that this project would have liked can be restored here? Prints a line each.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for package in System.IO.Ports LibUsbDotNet OpenCvSharp4 MessagePack Apache.Arrow NUnit; do
  mkdir -p "$folder/$package"
  cat >"$folder/$package/probe.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="$package" Version="*" /></ItemGroup>
</Project>
XML
  if out=$(dotnet restore "$folder/$package/probe.csproj" --nologo 2>&1); then
    printf '%-16s restores\n' "$package"
  else
    printf '%-16s %s\n' "$package" "$(grep -oE 'NU[0-9]{4}' <<<"$out" | head -1)"
  fi
done
