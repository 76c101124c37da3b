using System.Net;
using System.Text;
using Calibration.Results;

namespace Calibration.Reports;

/// <summary>Builds one self-contained HTML page: no script, no link to anything outside, pictures inside as data.</summary>
/// <remarks>Every text that is handed in is escaped; only <see cref="Graphic"/> takes markup, and that comes from <see cref="Plot"/>.</remarks>
public sealed class HtmlReport(string title)
{
    private readonly StringBuilder _body = new();

    /// <summary>Verdict, findings, and what all numbers mean: how every report opens.</summary>
    public HtmlReport Opening(CalibrationResult result)
    {
        _body.Append($"<div class=\"verdict {E(result.Verdict.State)}\"><b>{E(result.Verdict.State)}</b>");
        foreach (string sentence in result.Verdict.Sentences)
        {
            _body.Append($"<p>{E(sentence)}</p>");
        }

        _body.Append("</div>");
        if (result.Findings.Count > 0)
        {
            Section("Findings");
            Table(["", "about", "what"], result.Findings.Select(f => new[] { f.Severity, f.Subject, f.Sentence }));
        }

        return this;
    }

    /// <summary>Settings, inputs and their hash: how every report ends.</summary>
    public HtmlReport Closing(CalibrationResult result)
    {
        Section("How this was made");
        Paragraph($"{result.Tool}, {result.CreatedUtc}. Inputs: {result.Inputs.Count} files, together SHA-256 {result.InputsSha256}.");
        Table(["setting", "value"], result.Settings.Select(s => new[] { s.Key, s.Value }));
        Paragraph("Frames are right-handed; camera x right, y down, z forward; pixel (0, 0) is the centre of the top-left pixel; T_a_b takes coordinates in b to a; "
            + "quaternions are x, y, z, w; lags are positive when late. σ is one standard deviation of the estimate under the noise that the residuals show; it does not contain a wrong model or a wrongly measured target.");
        return this;
    }

    public HtmlReport Section(string heading)
    {
        _body.Append($"<h2>{E(heading)}</h2>");
        return this;
    }

    public HtmlReport Paragraph(string text)
    {
        _body.Append($"<p>{E(text)}</p>");
        return this;
    }

    /// <param name="headers">One per column; units belong here.</param>
    public HtmlReport Table(IReadOnlyList<string> headers, IEnumerable<string[]> rows)
    {
        _body.Append("<table><tr>");
        foreach (string header in headers)
        {
            _body.Append($"<th>{E(header)}</th>");
        }

        _body.Append("</tr>");
        foreach (string[] row in rows)
        {
            _body.Append("<tr>");
            foreach (string cell in row)
            {
                _body.Append($"<td>{E(cell)}</td>");
            }

            _body.Append("</tr>");
        }

        _body.Append("</table>");
        return this;
    }

    /// <summary>A drawing of <see cref="Plot"/>.</summary>
    public HtmlReport Graphic(Plot plot, string caption)
    {
        _body.Append($"<figure>{plot.ToSvg()}<figcaption>{E(caption)}</figcaption></figure>");
        return this;
    }

    /// <summary>A photograph: JPEG bytes.</summary>
    public HtmlReport Picture(byte[] jpeg, string caption)
    {
        _body.Append($"<figure><img alt=\"{E(caption)}\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}\"><figcaption>{E(caption)}</figcaption></figure>");
        return this;
    }

    public void Write(string path) => ResultFile.WriteText(path, ToHtml());

    public string ToHtml() => $$"""
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{E(title)}}</title><style>
        body{font:15px/1.45 system-ui,sans-serif;max-width:1000px;margin:1.5em auto;padding:0 1em;color:#1a1a1a}
        h1{font-size:1.5em}h2{font-size:1.15em;margin:1.6em 0 .4em;border-bottom:1px solid #ddd}
        table{border-collapse:collapse;margin:.5em 0;font-variant-numeric:tabular-nums}td,th{padding:.15em .8em .15em 0;text-align:left;vertical-align:top}th{color:#666;font-weight:500}
        figure{display:inline-block;margin:.6em 1em .6em 0;vertical-align:top}figcaption{color:#555;font-size:.9em;max-width:46em}img{max-width:460px}
        .verdict{padding:.7em 1em;border-left:10px solid}.verdict p{margin:.2em 0}.green{border-color:#2e8b57;background:#eef8f1}.amber{border-color:#e0a100;background:#fff8e5}.red{border-color:#c0392b;background:#fdeeec}
        </style></head><body><h1>{{E(title)}}</h1>{{_body}}</body></html>

        """;

    private static string E(string text) => WebUtility.HtmlEncode(text);
}
